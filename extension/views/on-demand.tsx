import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Answer } from '../ask.ts';
import type { FailureReport } from '../../shared/failure.ts';
import { Notice } from './notice.tsx';

interface OnDemandProps<Value> {
  /** What the button says that asks for it. */
  label: string;
  ask(): Promise<Answer<Value>>;
  /** Shows what came; `reload` asks once more. */
  show(value: Value, reload: () => Promise<void>): ComponentChildren;
  onRemedy(remedy: string): void;
}

/** What costs the provider a call, and so is asked for only when somebody wants to see it. */
export function OnDemand<Value>({ label, ask, show, onRemedy }: OnDemandProps<Value>) {
  const [value, setValue] = useState<{ known: Value } | null>(null);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const load = async (): Promise<void> => {
    const answer = await ask();
    setValue(answer.ok ? { known: answer.value } : null);
    setFailure(answer.ok ? null : answer.failure);
  };

  if (value !== null) return <div class="card">{show(value.known, load)}</div>;
  return (
    <>
      <button type="button" class="quiet" onClick={() => void load()}>
        {label}
      </button>
      {failure === null ? null : (
        <Notice
          failure={failure}
          onRemedy={(remedy) => (remedy === 'retry' ? void load() : onRemedy(remedy))}
        />
      )}
    </>
  );
}
