import type { FailureReport } from '../../shared/failure.ts';
import { providers } from '../../shared/providers/registry.ts';
import { describeScopes } from '../../shared/scopes.ts';
import { failureText, language, remedyOf, text } from '../text.ts';

interface NoticeProps {
  failure: FailureReport;
  /** Runs the one button of the failure. */
  onRemedy(remedy: string): void;
  /** Puts the notice away, where it is about something that is over. */
  onDismiss?(): void;
}

/** Why something failed, in words, with the one button that repairs it. */
export function Notice({ failure, onRemedy, onDismiss }: NoticeProps) {
  const repair = remedyOf(failure);
  const meanings = [...providers.values()]
    .flatMap((provider) => describeScopes(provider, failure.scopes ?? []))
    .map(({ meaning }) => meaning[language()]);
  return (
    <div class="notice" role="alert" data-code={failure.code}>
      <p>{failureText(failure)}</p>
      {meanings.length === 0 ? null : <p>{text('failure_scopes', meanings.join(', '))}</p>}
      {repair === null ? null : (
        <button type="button" class="secondary" onClick={() => onRemedy(repair.remedy)}>
          {repair.label}
        </button>
      )}
      {onDismiss === undefined ? null : (
        <button type="button" class="quiet" onClick={onDismiss}>
          {text('card_close')}
        </button>
      )}
    </div>
  );
}
