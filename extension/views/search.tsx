import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ClientSummary } from '../../shared/view/fatture-in-cloud.ts';
import { askFromView } from '../ask.ts';
import { text } from '../text.ts';
import { Client } from './client.tsx';
import { Documents } from './documents.tsx';
import { Notice } from './notice.tsx';
import { SearchBox } from './search-box.tsx';

/** Finds clients of the chosen company by name, VAT number or e-mail. */
export function Search({ onRemedy }: { onRemedy(remedy: string): void }) {
  const [query, setQuery] = useState('');
  const [clients, setClients] = useState<ClientSummary[] | null>(null);
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const [isBusy, setBusy] = useState(false);

  const search = async (wanted: string): Promise<void> => {
    setQuery(wanted);
    setBusy(true);
    const answer = await askFromView('client.find', { query: wanted });
    setBusy(false);
    setFailure(answer.ok ? null : answer.failure);
    setClients(answer.ok ? answer.value.clients : null);
  };

  return (
    <section>
      <SearchBox label={text('search_label')} isBusy={isBusy} onSearch={(wanted) => void search(wanted)} />
      <div aria-live="polite">
        {isBusy ? <p class="hint">{text('search_busy')}</p> : null}
        {failure === null ? null : (
          <Notice
            failure={failure}
            onRemedy={(remedy) => (remedy === 'retry' ? void search(query) : onRemedy(remedy))}
          />
        )}
        {clients?.length === 0 ? <p class="hint">{text('search_none', query)}</p> : null}
        <ul class="clients">
          {clients?.map((client) => (
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
              <Client client={client} onRemedy={onRemedy} />
              <Documents client={client} onRemedy={onRemedy} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
