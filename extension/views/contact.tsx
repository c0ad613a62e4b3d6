import { useEffect, useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ContactCard } from '../../shared/messages.ts';
import { askFromView, type Answer } from '../ask.ts';
import { language, money, text } from '../text.ts';
import { Notice } from './notice.tsx';

interface ContactProps {
  contactId: string;
  onRemedy(remedy: string): void;
}

/** A contact's units and what they owe, and what can be added. */
export function Contact({ contactId, onRemedy }: ContactProps) {
  const [card, setCard] = useState<ContactCard | null>(null);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  useEffect(() => {
    void askFromView('contact.show', { contactId }).then((answer) => {
      setCard(answer.ok ? answer.value : null);
      setFailure(answer.ok ? null : answer.failure);
    });
  }, [contactId]);

  if (failure !== null) return <Notice failure={failure} onRemedy={onRemedy} />;
  if (card === null) return <p class="hint">{text('popup_loading')}</p>;
  const day = (moment: string): string =>
    new Intl.DateTimeFormat(language(), { dateStyle: 'medium' }).format(new Date(moment));
  return (
    <div class="card">
      {card.units.length === 0 ? <p class="hint">{text('contact_no_units')}</p> : null}
      {card.units.map(({ name, site, since }) => (
        <p key={name}>
          {text('contact_unit', name, site)}
          {since === null ? '' : ` ${text('contact_since', day(since))}`}
        </p>
      ))}
      <p>
        {card.balance.length === 0
          ? text('contact_paid')
          : text('contact_owes', card.balance.map(money).join(', '))}
      </p>
      {card.openInvoices.map((invoice) => (
        <OpenInvoice key={invoice.id} contactId={contactId} invoice={invoice} onRemedy={onRemedy} />
      ))}
      <Add
        label={text('note_add')}
        send={(content, key) => askFromView('note.create', { contactId, content, key })}
        onRemedy={onRemedy}
      />
      <Add
        label={text('task_add')}
        hasDate
        send={(title, key, dueAt) => askFromView('task.create', { contactId, title, dueAt, key })}
        onRemedy={onRemedy}
      />
      <Add
        label={text('deal_add')}
        send={(name, key) => askFromView('deal.create', { contactId, name, key })}
        onRemedy={onRemedy}
      />
    </div>
  );
}

interface OpenInvoiceProps {
  contactId: string;
  invoice: ContactCard['openInvoices'][number];
  onRemedy(remedy: string): void;
}

const lackKeys = { 'tax-id': 'lack_tax_id', 'recipient-code': 'lack_recipient_code' } as const;

/** An invoice that is to be paid, and its way into Fatture in Cloud. */
function OpenInvoice({ contactId, invoice, onRemedy }: OpenInvoiceProps) {
  const { id, number, due, lines } = invoice;
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [note, setNote] = useState<string | null>(null);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const draft = async (): Promise<void> => {
    setBusy(true);
    const answer = await askFromView('invoice.draft', { contactId, invoiceId: id });
    setBusy(false);
    setFailure(answer.ok ? null : answer.failure);
    if (!answer.ok) return;
    const { number: made, companyName, lacks } = answer.value;
    const lacking = lacks.map((lack) => text(lackKeys[lack])).join(', ');
    setNote(
      text('draft_made', made, companyName) + (lacking === '' ? '' : ` ${text('draft_lacks', lacking)}`),
    );
    setAsking(false);
  };

  return (
    <div>
      <p class="hint">
        {number}: {money(due)}
      </p>
      {note === null ? null : <p role="status">{note}</p>}
      {note === null && !isAsking ? (
        <button type="button" class="quiet" onClick={() => setAsking(true)}>
          {text('draft_offer')}
        </button>
      ) : null}
      {isAsking ? (
        <div class="notice" role="group" aria-label={text('draft_offer')}>
          <p>{text('draft_preview', number, money(due))}</p>
          <p>{lines.join(' · ')}</p>
          {failure === null ? null : <Notice failure={failure} onRemedy={onRemedy} />}
          <div class="row">
            <button type="button" class="secondary" disabled={isBusy} onClick={() => void draft()}>
              {text('draft_confirm')}
            </button>
            <button type="button" class="quiet" onClick={() => setAsking(false)}>
              {text('cancel')}
            </button>
          </div>
        </div>
      ) : null}
    </div>
  );
}

interface AddProps {
  label: string;
  hasDate?: boolean;
  send(content: string, key: string, dueAt: string | null): Promise<Answer<object>>;
  onRemedy(remedy: string): void;
}

/** One line to add something; the same text sent again after a lost answer is the same thing. */
function Add({ label, hasDate = false, send, onRemedy }: AddProps) {
  const [content, setContent] = useState('');
  const [due, setDue] = useState('');
  const [key, setKey] = useState(() => crypto.randomUUID() as string);
  const [state, setState] = useState<'idle' | 'busy' | 'done'>('idle');
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const submit = async (event?: Event): Promise<void> => {
    event?.preventDefault();
    if (content.trim() === '' || state === 'busy') return;
    setState('busy');
    const answer = await send(content.trim(), key, due === '' ? null : new Date(due).toISOString());
    setState(answer.ok ? 'done' : 'idle');
    setFailure(answer.ok ? null : answer.failure);
    if (answer.ok) setContent('');
    if (answer.ok || answer.failure.code !== 'outcome-unknown') setKey(crypto.randomUUID());
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <div class={hasDate ? 'row wrap' : 'row'}>
        <input
          type="text"
          aria-label={label}
          placeholder={label}
          maxLength={2000}
          value={content}
          onInput={(event) => {
            setContent(event.currentTarget.value);
            setState('idle');
          }}
        />
        {hasDate ? (
          <input
            type="date"
            aria-label={text('task_due')}
            value={due}
            onInput={(event) => setDue(event.currentTarget.value)}
          />
        ) : null}
        <button type="submit" class="secondary" disabled={state === 'busy'}>
          {text('add')}
        </button>
      </div>
      <p class="hint" role="status">
        {state === 'done' ? text('added', label) : ''}
      </p>
      {failure === null ? null : (
        <Notice
          failure={failure}
          onRemedy={(remedy) => (remedy === 'retry' ? void submit() : onRemedy(remedy))}
        />
      )}
    </form>
  );
}
