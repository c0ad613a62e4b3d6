import { useEffect, useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { WrittenClient, WrittenDraft } from '../../shared/view/fatture-in-cloud.ts';
import { askFromView } from '../ask.ts';
import { text, type TextKey } from '../text.ts';
import { Notice } from './notice.tsx';

/** Fields in the order in which a person fills them in. */
const fields = [
  ['name', 'field_name'],
  ['vatNumber', 'field_vat_number'],
  ['taxCode', 'field_tax_code'],
  ['sdiCode', 'field_ei_code'],
  ['certifiedEmail', 'field_certified_email'],
  ['email', 'field_email'],
  ['phone', 'field_phone'],
  ['street', 'field_address_street'],
  ['postalCode', 'field_address_postal_code'],
  ['city', 'field_address_city'],
  ['province', 'field_address_province'],
  ['countryCode', 'field_country_iso'],
] as const satisfies ReadonlyArray<readonly [keyof WrittenClient, TextKey]>;

const empty: WrittenClient = {
  type: 'company',
  name: '',
  vatNumber: '',
  taxCode: '',
  sdiCode: '',
  certifiedEmail: '',
  email: '',
  phone: '',
  street: '',
  postalCode: '',
  city: '',
  province: '',
  countryCode: 'IT',
};

/** The side panel: for what is longer than two fields. Everything that is typed is kept, sealed, at once. */
export function Panel() {
  const [drafts, setDrafts] = useState<WrittenDraft[] | null>(null);
  const [openId, setOpenId] = useState<string | null>(null);
  const [note, setNote] = useState<string | null>(null);

  useEffect(() => {
    void askFromView('written.list', {}).then((answer) => {
      const known = answer.ok ? answer.value.drafts : [];
      setDrafts(known);
      setOpenId(known[0]?.id ?? null);
    });
  }, []);
  if (drafts === null) return <p role="status">{text('popup_loading')}</p>;

  const begin = (): void => {
    const draft = { id: crypto.randomUUID() as string, client: empty };
    setNote(null);
    setDrafts([draft, ...drafts]);
    setOpenId(draft.id);
  };
  const drop = (id: string, told: string | null): void => {
    const left = drafts.filter((draft) => draft.id !== id);
    setDrafts(left);
    setOpenId(left[0]?.id ?? null);
    setNote(told);
  };
  const put = (draft: WrittenDraft): void =>
    setDrafts(drafts.map((one) => (one.id === draft.id ? draft : one)));
  const current = drafts.find(({ id }) => id === openId);

  return (
    <>
      <h1>{text('panel_title')}</h1>
      {note === null ? null : <p role="status">{note}</p>}
      <div class="row wrap" role="group" aria-label={text('panel_drafts')}>
        {drafts.map(({ id, client }) => (
          <button
            key={id}
            type="button"
            class={id === openId ? 'secondary' : 'quiet'}
            aria-pressed={id === openId}
            onClick={() => setOpenId(id)}
          >
            {client.name.trim() === '' ? text('panel_unnamed') : client.name}
          </button>
        ))}
        <button type="button" class={drafts.length === 0 ? '' : 'quiet'} onClick={begin}>
          {text('panel_new')}
        </button>
      </div>
      {drafts.length === 0 ? <p class="hint">{text('panel_none')}</p> : null}
      {current === undefined ? null : (
        <ClientForm key={current.id} draft={current} onChanged={put} onGone={drop} />
      )}
    </>
  );
}

interface ClientFormProps {
  draft: WrittenDraft;
  onChanged(draft: WrittenDraft): void;
  onGone(id: string, told: string | null): void;
}

function ClientForm({ draft, onChanged, onGone }: ClientFormProps) {
  const { id, client } = draft;
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const [isBusy, setBusy] = useState(false);

  const set = (change: Partial<WrittenClient>): void => {
    const changed = { id, client: { ...client, ...change } };
    onChanged(changed);
    // Not awaited: the background takes one keystroke after the other.
    void askFromView('written.save', changed).then((answer) => {
      if (!answer.ok) setFailure(answer.failure);
    });
  };
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    await askFromView('written.save', draft);
    const answer = await askFromView('written.send', { id });
    setBusy(false);
    if (!answer.ok) {
      setFailure(answer.failure);
      return;
    }
    const { created, companyName, name } = answer.value;
    onGone(id, text(created ? 'panel_made' : 'panel_there', name, companyName));
  };
  const discard = async (): Promise<void> => {
    await askFromView('written.delete', { id });
    onGone(id, null);
  };
  const wrong = failure?.code === 'request-invalid' ? (failure.fields ?? []) : [];

  return (
    <form onSubmit={(event) => void send(event)} noValidate>
      <label for="type">{text('field_type')}</label>
      <select
        id="type"
        value={client.type}
        onChange={(event) => set({ type: event.currentTarget.value === 'person' ? 'person' : 'company' })}
      >
        <option value="company">{text('value_company')}</option>
        <option value="person">{text('value_person')}</option>
      </select>
      {fields.map(([name, key]) => (
        <div key={name}>
          <label for={name}>{text(key)}</label>
          <input
            id={name}
            type="text"
            maxLength={200}
            autocomplete="off"
            aria-invalid={wrong.includes(name)}
            aria-describedby={wrong.includes(name) ? `${name}-wrong` : undefined}
            value={client[name]}
            onInput={(event) => set({ [name]: event.currentTarget.value })}
          />
          {wrong.includes(name) ? (
            <p class="hint" role="alert" id={`${name}-wrong`}>
              {text('panel_wrong')}
            </p>
          ) : null}
        </div>
      ))}
      {failure === null || wrong.length > 0 ? null : (
        <Notice failure={failure} onRemedy={() => setFailure(null)} />
      )}
      <div class="row">
        <button type="submit" disabled={isBusy || client.name.trim() === ''}>
          {text('card_create')}
        </button>
        <button type="button" class="quiet" onClick={() => void discard()}>
          {text('panel_discard')}
        </button>
      </div>
      <p class="hint">{text('panel_kept')}</p>
    </form>
  );
}
