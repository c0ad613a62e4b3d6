import { useState } from 'preact/hooks';
import { actionName, actionOf, noticeActionOf, scopesFor, type ActionId } from '../../shared/actions.ts';
import type { Connection } from '../../shared/api/connections.ts';
import type { FailureReport } from '../../shared/failure.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { providers } from '../../shared/providers/registry.ts';
import { coversScope } from '../../shared/scopes.ts';
import { askFromView } from '../ask.ts';
import { failureText, language, text } from '../text.ts';
import { Notice } from './notice.tsx';
import { scopesInWords } from './permissions.tsx';
import { Switch } from './switch.tsx';

interface AccessProps {
  state: ViewState;
  connection: Connection;
  onRemedy(remedy: string): void;
  onChanged(): Promise<void>;
}

/** What works and what does not, what is switched on, and how permissions are widened or narrowed. */
export function Access({ state, connection, onRemedy, onChanged }: AccessProps) {
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const [isBusy, setBusy] = useState(false);
  const provider = providers.get(connection.providerId);
  if (provider === undefined) return null;
  const { actions, access } = state;
  // What members are told of has switches of its own.
  const offered = actions.filter(({ id }) => id !== noticeActionOf(provider.id));
  const granted = connection.scopes;
  // What it may do an administrator decides, who connects it anew.
  const isTeams = connection.owner === 'team';
  const on = actions.filter(({ isOn }) => isOn).map(({ id }) => id);
  const wanted = scopesFor(provider, on);
  const isTooWide = granted?.some((scope) => !coversScope(provider, wanted, scope)) === true;
  const lacking = granted === null ? [] : wanted.filter((scope) => !coversScope(provider, granted, scope));

  const check = async (): Promise<void> => {
    setBusy(true);
    const answer = await askFromView('access.check', {});
    setBusy(false);
    setFailure(answer.ok ? null : answer.failure);
    await onChanged();
  };
  const set = async (id: ActionId, isOn: boolean): Promise<void> => {
    const answer = await askFromView('action.set', { id, isOn });
    setFailure(answer.ok ? null : answer.failure);
    await onChanged();
  };

  return (
    <details id={`access-${connection.providerId}`}>
      <summary>{text('access_title')}</summary>
      <ul class="clients">
        {offered.map(({ id, isOn, isBlocked }) => {
          const found = access?.find((one) => one.id === id);
          return (
            <li key={id}>
              <Switch
                isOn={isOn}
                isDisabled={isBlocked || actionOf(id).scopes.length === 0}
                label={actionName(id, language())}
                onSet={(to) => set(id, to)}
              />
              {isBlocked ? <span>{failureText({ code: 'blocked-by-admin' })}</span> : null}
              {found === undefined || !isOn ? null : (
                <span>
                  {found.failure === null
                    ? `✓ ${text('access_works')}`
                    : `✗ ${[failureText(found.failure), scopesInWords(found.failure.scopes ?? [])].join(' ')}`}
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {failure === null ? null : <Notice failure={failure} onRemedy={onRemedy} />}
      {lacking.length === 0 || isTeams ? null : (
        <Notice failure={{ code: 'missing-scope', scopes: lacking }} onRemedy={onRemedy} />
      )}
      {isTooWide && !isTeams && lacking.length === 0 ? (
        <div class="notice">
          <p>{text('access_too_wide')}</p>
          <button type="button" class="secondary" onClick={() => onRemedy('connect')}>
            {text('access_narrow')}
          </button>
        </div>
      ) : null}
      {granted === null && !isTeams ? (
        <p class="hint">{provider.manualToken?.changeSteps[language()]}</p>
      ) : null}
      {state.company === null ? null : (
        <button type="button" class="secondary" disabled={isBusy} onClick={() => void check()}>
          {text(isBusy ? 'access_checking' : access === null ? 'access_check' : 'access_recheck')}
        </button>
      )}
      {granted === null && !isTeams && state.provider?.methods.includes('authorization-code') === true ? (
        <p class="hint">
          {text('access_replace')}{' '}
          <button type="button" class="quiet" onClick={() => onRemedy('connect')}>
            {text('access_replace_button')}
          </button>
        </p>
      ) : null}
    </details>
  );
}
