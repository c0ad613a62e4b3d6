import { useState } from 'preact/hooks';
import { text } from '../text.ts';

/** Puts `value` on the clipboard and says so. */
export function Copy({ value, what }: { value: string; what: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    setDone(true);
  };
  return (
    <button type="button" class="secondary" aria-label={text('copy_what', what)} onClick={() => void copy()}>
      <span aria-live="polite">{text(isDone ? 'copied' : 'copy')}</span>
    </button>
  );
}
