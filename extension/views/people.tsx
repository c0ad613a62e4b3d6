import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ClientSummary, ContactSummary, Person } from '../../shared/messages.ts';
import { askFromView } from '../ask.ts';
import { text } from '../text.ts';
import { Contact } from './contact.tsx';
import { Notice } from './notice.tsx';
import { SearchBox } from './search-box.tsx';

interface PeopleProps {
  onRemedy(remedy: string): void;
}

/** Finds somebody in both systems at once, and lets one of them have what the other knows. */
export function People({ onRemedy }: PeopleProps) {
  const [query, setQuery] = useState('');
  const [people, setPeople] = useState<Person[] | null>(null);
  const [failures, setFailures] = useState<FailureReport[]>([]);
  const [isBusy, setBusy] = useState(false);

  const search = async (wanted: string): Promise<void> => {
    setQuery(wanted);
    setBusy(true);
    const answer = await askFromView('people.find', { query: wanted });
    setBusy(false);
    setFailures(answer.ok ? answer.value.failures : [answer.failure]);
    setPeople(answer.ok ? answer.value.people : null);
  };

  return (
    <section>
      <SearchBox label={text('people_label')} isBusy={isBusy} onSearch={(wanted) => void search(wanted)} />
      <div aria-live="polite">
        {isBusy ? <p class="hint">{text('search_busy')}</p> : null}
        {failures.map((failure) => (
          <Notice
            key={failure.code}
            failure={failure}
            onRemedy={(remedy) => (remedy === 'retry' ? void search(query) : onRemedy(remedy))}
          />
        ))}
        {people?.length === 0 ? <p class="hint">{text('people_none', query)}</p> : null}
        <ul class="clients">
          {people?.map((person) => (
            <li key={`${person.client?.id ?? ''}-${person.contact?.id ?? ''}`}>
              <OnePerson person={person} onRemedy={onRemedy} onChanged={() => search(query)} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

interface OnePersonProps {
  person: Person;
  onRemedy(remedy: string): void;
  onChanged(): Promise<void>;
}

const conflictKeys = {
  'vat-number': 'conflict_vat_number',
  'e-mail': 'conflict_email',
  address: 'conflict_address',
} as const;

function OnePerson({ person, onRemedy, onChanged }: OnePersonProps) {
  const { client, contact, linked, conflicts } = person;
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const [isOpen, setOpen] = useState(false);
  const name = client?.name ?? contact?.name ?? '';

  const link = async (isLinked: boolean): Promise<void> => {
    if (client === null || contact === null) return;
    const pair = { clientId: client.id, contactId: contact.id };
    const answer = await askFromView('people.link', { ...pair, isLinked });
    setFailure(answer.ok ? null : answer.failure);
    if (answer.ok) await onChanged();
  };

  return (
    <article class="person" aria-label={name}>
      <strong>{name}</strong>
      {client === null ? null : <Known where="Fatture in Cloud" of={client} />}
      {contact === null ? null : <Known where="Stora" of={contact} />}
      {conflicts.length === 0 ? null : (
        <p class="conflict" role="note">
          {text('people_conflict', conflicts.map((conflict) => text(conflictKeys[conflict])).join(', '))}
        </p>
      )}
      {client !== null && contact !== null ? (
        <button type="button" class="quiet" onClick={() => void link(!linked)}>
          {text(linked ? 'people_unlink' : 'people_link')}
        </button>
      ) : null}
      {client !== null && contact === null ? (
        <Missing client={client} onChanged={onChanged} onRemedy={onRemedy} />
      ) : null}
      {client === null && contact !== null ? (
        <MissingClient contact={contact} onChanged={onChanged} onRemedy={onRemedy} />
      ) : null}
      {contact === null ? null : (
        <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {text(isOpen ? 'contact_hide' : 'contact_show')}
        </button>
      )}
      {contact !== null && isOpen ? <Contact contactId={contact.id} onRemedy={onRemedy} /> : null}
      {failure === null ? null : <Notice failure={failure} onRemedy={onRemedy} />}
    </article>
  );
}

function Known({ where, of }: { where: string; of: ClientSummary | ContactSummary }) {
  const parts = [of.vatNumber === null ? null : text('client_vat', of.vatNumber), of.email, of.city];
  return (
    <span>
      {where}: {parts.filter((part) => part !== null).join(' · ') || text('people_no_details')}
    </span>
  );
}

interface MissingProps {
  client: ClientSummary;
  onChanged(): Promise<void>;
  onRemedy(remedy: string): void;
}

/** Offers to make a client a contact, with exactly what will be sent. */
function Missing({ client, onChanged, onRemedy }: MissingProps) {
  const { id, name, email, vatNumber } = client;
  if (email === null) return <span>{text('people_needs_email')}</span>;
  return (
    <Confirmed
      label={text('people_add', 'Stora')}
      fields={[name, email, ...(vatNumber === null ? [] : [text('client_vat', vatNumber)])]}
      onRemedy={onRemedy}
      onConfirm={async (key) => {
        const answer = await askFromView('contact.create', { clientId: id, name, email, vatNumber, key });
        if (!answer.ok) return answer.failure;
        await onChanged();
        return null;
      }}
    />
  );
}

interface MissingClientProps {
  contact: ContactSummary;
  onChanged(): Promise<void>;
  onRemedy(remedy: string): void;
}

/** Offers to make a contact a client, with exactly what will be sent. */
function MissingClient({ contact, onChanged, onRemedy }: MissingClientProps) {
  const { name, email, phone, vatNumber, street, postalCode, city, province } = contact;
  const address = [street, postalCode, city, province].filter((part) => part !== null).join(' ');
  const fields = [name, vatNumber === null ? null : text('client_vat', vatNumber), email, phone, address];
  return (
    <Confirmed
      label={text('people_add', 'Fatture in Cloud')}
      fields={fields.filter((field) => field !== null && field !== '')}
      onRemedy={onRemedy}
      onConfirm={async () => {
        const answer = await askFromView('client.create', { contactId: contact.id });
        if (!answer.ok) return answer.failure;
        await onChanged();
        return null;
      }}
    />
  );
}

interface ConfirmedProps {
  label: string;
  fields: Array<string | null>;
  onRemedy(remedy: string): void;
  onConfirm(key: string): Promise<FailureReport | null>;
}

/** A write in two steps: what will be sent, and the decision. A repetition of one decision carries the same key. */
function Confirmed({ label, fields, onRemedy, onConfirm }: ConfirmedProps) {
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
        {label}
      </button>
    );
  }
  return (
    <div class="notice" role="group" aria-label={label}>
      <p>{text('card_preview')}</p>
      <p>{fields.join(' · ')}</p>
      {failure === null ? null : <Notice failure={failure} onRemedy={onRemedy} />}
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
