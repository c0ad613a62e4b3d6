import { actionName, actionOf, scopesFor, type ActionId } from '../../shared/actions.ts';
import { providers } from '../../shared/providers/registry.ts';
import { coversScope, describeScopes } from '../../shared/scopes.ts';
import { language, text } from '../text.ts';

interface PermissionsProps {
  providerId: string;
  actions: readonly ActionId[];
  /** Leaves out what every token may do: there is no box to tick for it. */
  isTickable?: boolean;
}

/** Scopes in words, comma-separated. */
export const scopesInWords = (names: readonly string[]): string =>
  [...providers.values()]
    .flatMap((provider) => describeScopes(provider, names))
    .map(({ meaning }) => meaning[language()])
    .join(', ');

/** What the actions need, in words, and which of them need it. */
export function Permissions({ providerId, actions, isTickable = false }: PermissionsProps) {
  const provider = providers.get(providerId);
  if (provider === undefined) return null;
  const needs = (id: ActionId, scope: string): boolean =>
    actionOf(id).scopes.some((needed) => needed === scope || coversScope(provider, [scope], needed));
  return (
    <ul class="permissions">
      {isTickable ? null : <li>{text('connect_basics')}</li>}
      {describeScopes(provider, scopesFor(provider, actions)).map(({ name, meaning }) => (
        <li key={name}>
          {meaning[language()]}
          <span class="hint">
            {text(
              'permission_for',
              actions
                .filter((id) => needs(id, name))
                .map((id) => actionName(id, language()))
                .join(', '),
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
