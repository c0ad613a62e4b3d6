import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ClientSummary } from '../../shared/messages.ts';
import { askFromView } from '../ask.ts';
import { text } from '../text.ts';
import { Notice } from './notice.tsx';

/** Finds clients of the chosen company by name, VAT number or e-mail. */
export function Search({ onRemedy }: { onRemedy(remedy: string): void }) {
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<{ query: string; clients: ClientSummary[] } | null>(null);
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const [isBusy, setBusy] = useState(false);

  const search = async (event?: Event): Promise<void> => {
    event?.preventDefault();
    if (query.trim().length < 2) return;
    setBusy(true);
    const answer = await askFromView('client.find', { query });
    setBusy(false);
    setFailure(answer.ok ? null : answer.failure);
    setFound(answer.ok ? { query: query.trim(), clients: answer.value.clients } : null);
  };

  return (
    <form role="search" onSubmit={(event) => void search(event)}>
      <label for="query">{text('search_label')}</label>
      <div class="row">
        <input
          id="query"
          type="search"
          placeholder={text('search_hint')}
          minLength={2}
          maxLength={200}
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <button type="submit" disabled={isBusy}>
          {text('search_button')}
        </button>
      </div>
      <div aria-live="polite">
        {isBusy ? <p class="hint">{text('search_busy')}</p> : null}
        {failure === null ? null : (
          <Notice
            failure={failure}
            onRemedy={(remedy) => (remedy === 'retry' ? void search() : onRemedy(remedy))}
          />
        )}
        {found?.clients.length === 0 ? <p class="hint">{text('search_none', found.query)}</p> : null}
        <ul class="clients">
          {found?.clients.map((client) => (
            <li key={client.id}>
              <strong>{client.name}</strong>
              <span>
                {[
                  client.vatNumber === null ? null : text('client_vat', client.vatNumber),
                  client.email,
                  client.city,
                ]
                  .filter((part) => part !== null)
                  .join(' · ')}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </form>
  );
}
