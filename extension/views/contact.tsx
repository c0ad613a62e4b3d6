import { useEffect, useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ContactCard } from '../../shared/view/stora.ts';
import { askFromView, type Answer } from '../ask.ts';
import { dayText, money, text } from '../text.ts';
import { Confirmed } from './confirmed.tsx';
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
  return (
    <div class="card">
      {card.units.length === 0 ? <p class="hint">{text('contact_no_units')}</p> : null}
      {card.units.map(({ name, site, since, billing, isCancelled }) => (
        <p key={name}>
          {text('contact_unit', name, site)}
          {since === null ? '' : ` ${text('contact_since', dayText(since))}`}
          {billing === null ? '' : `, ${text(`contact_${billing}`)}`}
          {isCancelled ? `, ${text('contact_cancelled')}` : ''}
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
        isTask
        send={(title, key, task) => askFromView('task.create', { contactId, title, ...task, key })}
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
  const [note, setNote] = useState<string | null>(null);

  const draft = async (): Promise<FailureReport | null> => {
    const answer = await askFromView('invoice.draft', { contactId, invoiceId: id });
    if (!answer.ok) return answer.failure;
    const { number: made, companyName, lacks } = answer.value;
    const lacking = lacks.map((lack) => text(lackKeys[lack])).join(', ');
    setNote(
      text('draft_made', made, companyName) + (lacking === '' ? '' : ` ${text('draft_lacks', lacking)}`),
    );
    return null;
  };

  return (
    <div>
      <p class="hint">
        {number}: {money(due)}
      </p>
      {note === null ? (
        <Confirmed
          offer={text('draft_offer')}
          label={text('draft_confirm')}
          question={text('draft_preview', number, money(due))}
          fields={lines}
          onRemedy={onRemedy}
          onConfirm={draft}
        />
      ) : (
        <p role="status">{note}</p>
      )}
    </div>
  );
}

/** What a task has beside its words. */
interface TaskParts {
  dueAt: string | null;
  assigneeId: string | null;
}

interface AddProps {
  label: string;
  /** Whether it has a day by which, and somebody by whom, it is to be done. */
  isTask?: boolean;
  send(content: string, key: string, task: TaskParts): Promise<Answer<object>>;
  onRemedy(remedy: string): void;
}

/** One line to add something; the same text sent again after a lost answer is the same thing. */
function Add({ label, isTask = false, send, onRemedy }: AddProps) {
  const [content, setContent] = useState('');
  const [due, setDue] = useState('');
  const [assigneeId, setAssigneeId] = useState<string | null>(null);
  const [key, setKey] = useState(() => crypto.randomUUID() as string);
  const [state, setState] = useState<'idle' | 'busy' | 'done'>('idle');
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const submit = async (event?: Event): Promise<void> => {
    event?.preventDefault();
    if (content.trim() === '' || state === 'busy') return;
    setState('busy');
    const dueAt = due === '' ? null : new Date(due).toISOString();
    const answer = await send(content.trim(), key, { dueAt, assigneeId });
    setState(answer.ok ? 'done' : 'idle');
    setFailure(answer.ok ? null : answer.failure);
    if (answer.ok) setContent('');
    if (answer.ok || answer.failure.code !== 'outcome-unknown') setKey(crypto.randomUUID());
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <div class={isTask ? 'row wrap' : 'row'}>
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
        {isTask ? (
          <input
            type="date"
            aria-label={text('task_due')}
            value={due}
            onInput={(event) => setDue(event.currentTarget.value)}
          />
        ) : null}
        {isTask ? <Assignee chosen={assigneeId} onChosen={setAssigneeId} /> : null}
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

interface AssigneeProps {
  chosen: string | null;
  onChosen(id: string | null): void;
}

/** Who is to do it: asked for only when somebody looks, since calls are few. */
function Assignee({ chosen, onChosen }: AssigneeProps) {
  const [staff, setStaff] = useState<Array<{ id: string; name: string }> | null>(null);

  const load = async (): Promise<void> => {
    const answer = await askFromView('staff.find', {});
    setStaff(answer.ok ? answer.value.staff : []);
  };

  if (staff === null) {
    return (
      <button type="button" class="quiet" onClick={() => void load()}>
        {text('task_assign')}
      </button>
    );
  }
  return (
    <select
      aria-label={text('task_assign')}
      value={chosen ?? ''}
      onChange={(event) => onChosen(event.currentTarget.value === '' ? null : event.currentTarget.value)}
    >
      <option value="">{text(staff.length === 0 ? 'task_nobody_known' : 'task_nobody')}</option>
      {staff.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
