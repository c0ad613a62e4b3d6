import { useEffect, useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { Batch as State } from '../../shared/view/people.ts';
import { askFromView } from '../ask.ts';
import { browser } from '../browser.ts';
import { dayText, failureText, text } from '../text.ts';
import { Notice } from './notice.tsx';

interface BatchProps {
  onRemedy(remedy: string): void;
}

/** Drafts of all invoices of a period: begin, watch, pause, go on, and what was skipped and why. */
export function Batch({ onRemedy }: BatchProps) {
  const [batch, setBatch] = useState<State | null>(null);
  const [isOpen, setOpen] = useState(false);

  useEffect(() => {
    const load = async (): Promise<void> => {
      const answer = await askFromView('batch.read', {});
      if (!answer.ok) return;
      setBatch(answer.value.batch);
      // One that is under way, or has something to report, wants to be seen.
      if (answer.value.batch !== null) setOpen(true);
    };
    const onChanged = (changes: Record<string, unknown>): void => {
      if ('batch' in changes) void load();
    };
    void load();
    browser.storage.onChanged.addListener(onChanged);
    return () => browser.storage.onChanged.removeListener(onChanged);
  }, []);

  return (
    <details id="batch" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{text('batch_title')}</summary>
      {batch === null ? <Begin onRemedy={onRemedy} /> : <Progress batch={batch} onRemedy={onRemedy} />}
    </details>
  );
}

const dayOf = (date: Date): string =>
  new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

/** The last whole month: what a bookkeeper most often wants. */
function lastMonth(): { from: string; to: string } {
  const today = new Date();
  return {
    from: dayOf(new Date(today.getFullYear(), today.getMonth() - 1, 1)),
    to: dayOf(new Date(today.getFullYear(), today.getMonth(), 0)),
  };
}

function Begin({ onRemedy }: BatchProps) {
  const [period, setPeriod] = useState(lastMonth);
  const [addsClients, setAddsClients] = useState(false);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const begin = async (event: Event): Promise<void> => {
    event.preventDefault();
    const answer = await askFromView('batch.start', { ...period, addsClients });
    setFailure(answer.ok ? null : answer.failure);
  };

  return (
    <form onSubmit={(event) => void begin(event)}>
      <p class="hint">{text('batch_hint')}</p>
      <div class="row">
        {(['from', 'to'] as const).map((end) => (
          <label key={end}>
            {text(`batch_${end}`)}
            <input
              type="date"
              required
              min={end === 'to' ? period.from : undefined}
              value={period[end]}
              onInput={(event) => setPeriod({ ...period, [end]: event.currentTarget.value })}
            />
          </label>
        ))}
      </div>
      <label class="choice">
        <input
          type="checkbox"
          checked={addsClients}
          onChange={(event) => setAddsClients(event.currentTarget.checked)}
        />
        {text('batch_adds_clients')}
      </label>
      {failure === null ? null : <Notice failure={failure} onRemedy={onRemedy} />}
      <button type="submit" class="secondary">
        {text('batch_start')}
      </button>
    </form>
  );
}

function Progress({ batch, onRemedy }: BatchProps & { batch: State }) {
  const { status, items, failure } = batch;
  const count = (outcome: State['items'][number]['outcome']): number =>
    items.filter((item) => item.outcome === outcome).length;
  const skipped = items.filter((item) => item.outcome === 'skipped');
  const done = items.length - count('waiting');
  const set = (to: 'running' | 'paused' | 'gone'): void => void askFromView('batch.set', { status: to });

  return (
    <>
      <p class="hint">{text('batch_period', dayText(batch.from), dayText(batch.to), batch.companyName)}</p>
      {status === 'listing' ? <p role="status">{text('batch_listing')}</p> : null}
      {items.length === 0 && status === 'done' ? <p role="status">{text('batch_none')}</p> : null}
      {items.length === 0 ? null : (
        <>
          <progress max={items.length} value={done} aria-label={text('batch_title')} />
          <p role="status">
            {text(
              'batch_count',
              String(done),
              String(items.length),
              String(count('made')),
              String(count('there')),
              String(skipped.length),
            )}
          </p>
        </>
      )}
      {failure === null ? null : (
        <Notice
          failure={failure}
          onRemedy={(remedy) => (remedy === 'retry' ? set('running') : onRemedy(remedy))}
        />
      )}
      {skipped.length === 0 ? null : (
        <ul class="clients">
          {skipped.map(({ invoiceId, number, failure: reason }) => (
            <li key={invoiceId}>
              <strong>{number}</strong>
              <span>{reason === null ? '' : failureText(reason)}</span>
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        {status === 'done' ? null : (
          <button
            type="button"
            class="secondary"
            onClick={() => set(status === 'paused' ? 'running' : 'paused')}
          >
            {text(status === 'paused' ? 'batch_resume' : 'batch_pause')}
          </button>
        )}
        {status === 'done' || status === 'paused' ? (
          <button type="button" class="quiet" onClick={() => set('gone')}>
            {text('batch_close')}
          </button>
        ) : null}
      </div>
    </>
  );
}
