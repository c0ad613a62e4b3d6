import type { ClientSummary } from '../../shared/view/fatture-in-cloud.ts';
import { askFromView } from '../ask.ts';
import { dayText, money, text, type TextKey } from '../text.ts';
import { OnDemand } from './on-demand.tsx';

interface ClientProps {
  client: Pick<ClientSummary, 'id' | 'name'>;
  onRemedy(remedy: string): void;
}

const euro = (amount: number): string => money({ amount, currency: 'EUR' });

/** What a client was invoiced, what is open, and how far each electronic invoice has come. */
export const Client = ({ client, onRemedy }: ClientProps) => (
  <OnDemand
    label={text('client_show')}
    ask={() => askFromView('client.show', { clientId: client.id, name: client.name })}
    show={(card) => (
      <>
        <p>
          {card.due === 0 ? text('client_paid') : text('client_owes', euro(card.due))}
          {card.overdue === 0 ? '' : ` ${text('client_overdue', euro(card.overdue))}`}
        </p>
        {card.invoices.length === 0 ? <p class="hint">{text('client_no_invoices')}</p> : null}
        {card.invoices.map(({ id, number, date, gross, due, overdue, eiStatus }) => (
          <p class="row" key={id}>
            <span>
              {text('client_invoice', number, date === '' ? '' : dayText(date))}
              {eiStatus === null ? null : (
                <span class="hint"> · {text(`ei_${eiStatus}` satisfies TextKey)}</span>
              )}
            </span>
            <span>
              {due === 0
                ? euro(gross)
                : text(overdue > 0 ? 'client_invoice_overdue' : 'client_invoice_open', euro(due))}
            </span>
          </p>
        ))}
      </>
    )}
    onRemedy={onRemedy}
  />
);
