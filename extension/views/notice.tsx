import type { FailureReport } from '../../shared/failure.ts';
import { failureText, remedyOf } from '../text.ts';

interface NoticeProps {
  failure: FailureReport;
  /** Runs the one button of the failure. */
  onRemedy(remedy: string): void;
}

/** Why something failed, in words, with the one button that repairs it. */
export function Notice({ failure, onRemedy }: NoticeProps) {
  const repair = remedyOf(failure);
  return (
    <div class="notice" role="alert" data-code={failure.code}>
      <p>{failureText(failure)}</p>
      {repair === null ? null : (
        <button type="button" class="secondary" onClick={() => onRemedy(repair.remedy)}>
          {repair.label}
        </button>
      )}
    </div>
  );
}
