import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ClientSummary } from '../../shared/view/fatture-in-cloud.ts';
import type { ContactSummary } from '../../shared/view/stora.ts';
import type { Difference, Person } from '../../shared/view/people.ts';
import { askFromView } from '../ask.ts';
import { text } from '../text.ts';
import { Client } from './client.tsx';
import { Confirmed } from './confirmed.tsx';
import { Contact } from './contact.tsx';
import { Documents } from './documents.tsx';
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
      {client !== null && contact !== null ? (
        <Compare clientId={client.id} contactId={contact.id} onChanged={onChanged} onRemedy={onRemedy} />
      ) : null}
      {client !== null && contact === null ? (
        <Missing client={client} onChanged={onChanged} onRemedy={onRemedy} />
      ) : null}
      {client === null && contact !== null ? (
        <MissingClient contact={contact} onChanged={onChanged} onRemedy={onRemedy} />
      ) : null}
      {client === null ? null : <Client client={client} onRemedy={onRemedy} />}
      {client === null ? null : <Documents client={client} onRemedy={onRemedy} />}
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

interface CompareProps {
  clientId: number;
  contactId: string;
  onChanged(): Promise<void>;
  onRemedy(remedy: string): void;
}

const fieldKeys = {
  name: 'field_name',
  email: 'field_email',
  phone: 'field_phone',
  'vat-number': 'field_vat_number',
  address: 'field_address',
} as const;

/** Shows field by field what Stora would take over from Fatture in Cloud, and takes over what is ticked. */
function Compare({ clientId, contactId, onChanged, onRemedy }: CompareProps) {
  const [differences, setDifferences] = useState<Difference[] | null>(null);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const compare = async (): Promise<void> => {
    const answer = await askFromView('contact.differences', { clientId, contactId });
    setDifferences(answer.ok ? answer.value.differences : null);
    setFailure(answer.ok ? null : answer.failure);
  };

  if (differences === null) {
    return (
      <>
        <button type="button" class="quiet" onClick={() => void compare()}>
          {text('people_compare')}
        </button>
        {failure === null ? null : <Notice failure={failure} onRemedy={onRemedy} />}
      </>
    );
  }
  if (differences.length === 0) return <p role="status">{text('people_same')}</p>;
  const taken = differences.filter(({ field }) => !left.has(field));
  return (
    <>
      {differences.map(({ field, from, to }) => (
        <label class="choice" key={field}>
          <input
            type="checkbox"
            checked={!left.has(field)}
            onChange={(event) => {
              const others = [...left].filter((one) => one !== field);
              setLeft(new Set(event.currentTarget.checked ? others : [...others, field]));
            }}
          />
          <span>
            {text(fieldKeys[field])}: {from === '' ? '' : <del>{from}</del>} {to}
          </span>
        </label>
      ))}
      {taken.length === 0 ? null : (
        <Confirmed
          offer={text('people_update')}
          question={text('people_update_question')}
          fields={taken.map(({ field, from, to }) => `${text(fieldKeys[field])}: ${from} → ${to}`)}
          onRemedy={onRemedy}
          onConfirm={async () => {
            const fields = taken.map(({ field }) => field);
            const answer = await askFromView('contact.update', { clientId, contactId, fields });
            if (!answer.ok) return answer.failure;
            await onChanged();
            return null;
          }}
        />
      )}
    </>
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
      offer={text('people_add', 'Stora')}
      question={text('card_preview')}
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
      offer={text('people_add', 'Fatture in Cloud')}
      question={text('card_preview')}
      fields={fields.filter((field): field is string => field !== null && field !== '')}
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
