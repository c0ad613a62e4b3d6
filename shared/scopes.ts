import type { Provider, Scope } from './provider.ts';

/** The scopes of `provider` named in `names`, in the provider's order; unknown names are left out. */
export function describeScopes(provider: Provider, names: readonly string[]): Scope[] {
  return provider.scopes.filter((scope) => names.includes(scope.name));
}

/** The names in `names` that `provider` does not document. */
export function unknownScopes(provider: Provider, names: readonly string[]): string[] {
  const known = new Set(provider.scopes.map((scope) => scope.name));
  return names.filter((name) => !known.has(name));
}

/** Whether `granted` covers `needed`, where writing a resource includes reading it. */
export function coversScope(provider: Provider, granted: readonly string[], needed: string): boolean {
  if (granted.includes(needed)) return true;
  const scope = provider.scopes.find(({ name }) => name === needed);
  if (scope?.level !== 'read') return false;
  return describeScopes(provider, granted).some(({ resource }) => resource === scope.resource);
}

/** The smallest set that covers all of `needed`: a read scope goes where its resource is also written. */
export function leastScopes(provider: Provider, needed: readonly string[]): string[] {
  const scopes = describeScopes(provider, needed);
  const written = new Set(scopes.filter(({ level }) => level === 'write').map(({ resource }) => resource));
  return scopes
    .filter(({ level, resource }) => level === 'write' || !written.has(resource))
    .map(({ name }) => name);
}

/** The documented scope that `name` was most likely meant to be: the one with the fewest letters to change. */
export function nearestScope(provider: Provider, name: string): string {
  const distances = provider.scopes.map((scope) => ({
    name: scope.name,
    letters: distance(scope.name, name),
  }));
  return distances.toSorted((a, b) => a.letters - b.letters)[0]?.name ?? '';
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of a.split('').entries()) {
    const current = [row + 1];
    for (const [column, other] of b.split('').entries()) {
      const changed = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(changed, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
