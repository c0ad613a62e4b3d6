import type { FailureReport } from '../../shared/failure.ts';
import { failureText, remedyOf, text } from '../text.ts';
import { scopesInWords } from './permissions.tsx';

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
  const scopes = scopesInWords(failure.scopes ?? []);
  return (
    <div class="notice" role="alert" data-code={failure.code}>
      <p>{failureText(failure)}</p>
      {scopes === '' ? null : <p>{text('failure_scopes', scopes)}</p>}
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
