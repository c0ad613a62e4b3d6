import type { FactKind } from '../../shared/fact-kind.ts';
import type { Customer, Fact } from '../../shared/fact.ts';
import { comparable, factValue } from './values.ts';

/** A fact with the element it was read from; null where that is no element a person sees. */
export type FoundFact = Fact & { element: Element | null };

/** Somebody a page speaks of: at most one fact of each kind, all read by one method. */
export type Party = Map<FactKind, FoundFact>;

const confidences = {
  mark: 0.97,
  recipe: 0.96,
  'json-ld': 0.95,
  microdata: 0.9,
  rdfa: 0.9,
  'labelled-text': 0.7,
} as const;
const identifiers = ['partita-iva', 'eu-vat', 'codice-fiscale', 'e-mail'] as const;

/** The kinds of fact that make up an address. */
export const addressKinds: readonly FactKind[] = ['street', 'postal-code', 'city', 'province', 'country'];

/** Whether a fact of `kind` is part of an address. */
export const isAddress = (kind: FactKind): boolean => addressKinds.includes(kind);

/** Adds a fact to `party` if `value` can be one and the kind is still free. */
export function addFact(
  party: Party,
  kind: FactKind,
  value: unknown,
  method: Fact['method'],
  element: Element | null,
): void {
  if (party.has(kind)) return;
  const parsed = factValue(kind, value);
  if (parsed !== null)
    party.set(kind, { kind, value: parsed, method, confidence: confidences[method], element });
}

/** What `party` is called, or undefined. */
export function nameOf(party: Party): string | undefined {
  return (party.get('company-name') ?? party.get('person-name'))?.value;
}

/** The values in `party` that belong to nobody else, in a form to compare. */
export function identifiersOf(party: Party): string[] {
  return identifiers.flatMap((kind) => comparable(party.get(kind)?.value ?? '') || []);
}

/** Whether one identifier of `a` is also one of `b`. */
export function agree(a: Party, b: Party): boolean {
  const known = identifiersOf(a);
  return identifiersOf(b).some((identifier) => known.includes(identifier));
}

/** Whether `a` and `b` share their name and nothing that belongs to one of them alone, like two called Mario Rossi. */
export function areNamesakes(a: Party, b: Party): boolean {
  return !agree(a, b) && a.has('e-mail') && b.has('e-mail') && isSameName(a, b);
}

/** Whether `a` and `b` are called the same. */
export function isSameName(a: Party, b: Party): boolean {
  const name = nameOf(a);
  return name !== undefined && comparable(name) === comparable(nameOf(b) ?? '');
}

/** Whether `a` and `b` cannot be the same somebody. */
export function differ(a: Party, b: Party): boolean {
  for (const kind of ['partita-iva', 'eu-vat', 'codice-fiscale'] as const) {
    const [one, other] = [a.get(kind)?.value, b.get(kind)?.value];
    if (one !== undefined && other !== undefined && one !== other) return true;
  }
  if (agree(a, b)) return false;
  const [one, other] = [nameOf(a), nameOf(b)];
  if (one !== undefined && other !== undefined) return comparable(one) !== comparable(other);
  return a.has('e-mail') && b.has('e-mail');
}

/** What of a customer each kind of fact is. */
export const customerFields = [
  ['vatNumber', 'partita-iva'],
  ['taxCode', 'codice-fiscale'],
  ['euVatNumber', 'eu-vat'],
  ['sdiCode', 'sdi-code'],
  ['certifiedEmail', 'pec'],
  ['email', 'e-mail'],
  ['phone', 'phone'],
  ['street', 'street'],
  ['postalCode', 'postal-code'],
  ['city', 'city'],
  ['province', 'province'],
  ['countryCode', 'country'],
] as const satisfies ReadonlyArray<readonly [keyof Customer, FactKind]>;

/** The customer that `party` describes; null without a name or without anything to find them by. */
export function customerOf(party: Party): Customer | null {
  const name = nameOf(party);
  if (name === undefined || identifiersOf(party).length === 0) return null;
  // A tax code of digits is that of an organisation.
  const isCompany =
    party.has('partita-iva') ||
    party.has('eu-vat') ||
    party.has('company-name') ||
    /^\d/.test(party.get('codice-fiscale')?.value ?? '');
  const customer: Customer = { type: isCompany ? 'company' : 'person', name };
  for (const [field, kind] of customerFields) {
    const value = party.get(kind)?.value;
    if (value !== undefined) customer[field] = value;
  }
  return customer;
}
