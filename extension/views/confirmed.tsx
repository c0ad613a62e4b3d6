import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import { text } from '../text.ts';
import { Notice } from './notice.tsx';

interface ConfirmedProps {
  /** What the button says that leads to the question. */
  offer: string;
  /** What the button says that does it; the same unless told. */
  label?: string;
  /** What is asked. */
  question: string;
  /** What will be sent or done, a line each. */
  fields?: readonly string[];
  onRemedy(remedy: string): void;
  onConfirm(key: string): Promise<FailureReport | null>;
}

/** A write in two steps: what will be sent, and the decision. A repetition of one decision carries the same key. */
export function Confirmed({
  offer,
  label = offer,
  question,
  fields = [],
  onRemedy,
  onConfirm,
}: ConfirmedProps) {
  const [key, setKey] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const confirm = async (): Promise<void> => {
    if (key === null || isBusy) return;
    setBusy(true);
    const refused = await onConfirm(key);
    setBusy(false);
    setFailure(refused);
    // After a lost answer the same key finds what was made; a refusal would only be repeated.
    if (refused !== null && refused.code !== 'outcome-unknown') setKey(crypto.randomUUID());
  };

  if (key === null) {
    return (
      <button type="button" class="quiet" onClick={() => setKey(crypto.randomUUID())}>
        {offer}
      </button>
    );
  }
  return (
    <div class="notice" role="group" aria-label={offer}>
      <p>{question}</p>
      {fields.map((field) => (
        <p key={field}>{field}</p>
      ))}
      {failure === null ? null : (
        <Notice
          failure={failure}
          onRemedy={(remedy) => (remedy === 'retry' ? void confirm() : onRemedy(remedy))}
        />
      )}
      <div class="row">
        <button type="button" class="secondary" disabled={isBusy} onClick={() => void confirm()}>
          {label}
        </button>
        <button type="button" class="quiet" onClick={() => setKey(null)}>
          {text('cancel')}
        </button>
      </div>
    </div>
  );
}
