import { useEffect, useRef, useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { Choice, WrittenDraft } from '../../shared/view/fatture-in-cloud.ts';
import { askFromView } from '../ask.ts';
import { text } from '../text.ts';
import { forms, type Field } from './forms.ts';
import { Notice } from './notice.tsx';

interface WrittenFormProps {
  draft: WrittenDraft;
  onChanged(draft: WrittenDraft): void;
  onGone(id: string, told: string | null): void;
}

/** The form of one draft: kept at every keystroke, sent once. */
export function WrittenForm({ draft, onChanged, onGone }: WrittenFormProps) {
  const { id, kind, values } = draft;
  const { fields } = forms[kind];
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const [there, setThere] = useState<string | null>(null);
  const [choices, setChoices] = useState<Record<string, Choice[]>>({});
  const [isBusy, setBusy] = useState(false);
  const newest = useRef(draft);
  const asks = fields.some(({ input, options }) => input === 'choice' && options === undefined);

  const save = async (changed: WrittenDraft): Promise<void> => {
    onChanged(changed);
    newest.current = changed;
    // Not awaited by whoever types: the background takes one keystroke after the other.
    const answer = await askFromView('written.save', changed);
    if (answer.ok) return;
    // The background may have been ended in the middle of it: what stands here now is kept once more.
    const again = await askFromView('written.save', newest.current);
    if (!again.ok) setFailure(again.failure);
  };
  const set = (name: string, value: string): void => {
    setThere(null);
    // Another number of the same is meant only for what was asked about.
    const { again: _, ...others } = values;
    void save({ ...draft, values: { ...others, [name]: value } });
  };
  const load = async (): Promise<void> => {
    const answer = await askFromView('written.choices', draft);
    setFailure(answer.ok ? null : answer.failure);
    if (answer.ok) setChoices(answer.value.choices);
  };
  useEffect(() => {
    if (asks) void load();
    // Once for each draft: the form is made anew with another one.
  }, [id]);

  // What a person does not choose is the usual one.
  const usual = Object.entries(choices).flatMap(([name, [first]]) =>
    first === undefined ? [] : [[name, first.value] as const],
  );
  const filled: Record<string, string> = { ...Object.fromEntries(usual), ...values };

  const send = async (sent: Record<string, string>): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    await askFromView('written.save', { ...draft, values: sent });
    const answer = await askFromView('written.send', { id });
    setBusy(false);
    setThere(null);
    setFailure(answer.ok ? null : answer.failure);
    if (!answer.ok) return;
    const { created, companyName, name } = answer.value;
    if (created) onGone(id, text(`panel_made_${kind}`, name, companyName));
    else setThere(text(`panel_there_${kind}`, name, companyName));
  };
  const sendAnother = async (): Promise<void> => {
    const another = { ...filled, again: String(Number(values['again'] ?? 0) + 1) };
    onChanged({ ...draft, values: another });
    await send(another);
  };
  const discard = async (): Promise<void> => {
    await askFromView('written.delete', { id });
    onGone(id, null);
  };
  const wrong = failure?.code === 'request-invalid' ? (failure.fields ?? []) : [];
  const lacks = fields.some(({ name, isRequired }) => isRequired === true && !filled[name]?.trim());

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send(filled);
      }}
      noValidate
    >
      {fields.map((field) => (
        <FormField
          key={field.name}
          field={field}
          value={filled[field.name] ?? ''}
          choices={choices[field.name] ?? []}
          isWrong={wrong.includes(field.name)}
          onInput={(value) => set(field.name, value)}
        />
      ))}
      {failure === null || wrong.length > 0 ? null : (
        <Notice
          failure={failure}
          onRemedy={(remedy) => (remedy === 'retry' && asks ? void load() : setFailure(null))}
        />
      )}
      {there === null ? null : (
        <div class="notice" role="alert">
          <p>{there}</p>
          {kind === 'receipt' || kind === 'email' ? (
            <button type="button" class="secondary" onClick={() => void sendAnother()}>
              {text(`panel_again_${kind}`)}
            </button>
          ) : null}
        </div>
      )}
      <div class="row">
        <button type="submit" disabled={isBusy || lacks}>
          {text(`panel_send_${kind}`)}
        </button>
        <button type="button" class="quiet" onClick={() => void discard()}>
          {text('panel_discard')}
        </button>
      </div>
      <p class="hint">{text('panel_kept')}</p>
    </form>
  );
}

interface FormFieldProps {
  field: Field;
  value: string;
  choices: readonly Choice[];
  isWrong: boolean;
  onInput(value: string): void;
}

function FormField({
  field: { name, label, input, options },
  value,
  choices,
  isWrong,
  onInput,
}: FormFieldProps) {
  const shared = {
    id: name,
    'aria-invalid': isWrong,
    'aria-describedby': isWrong ? `${name}-wrong` : undefined,
  };
  const offered =
    options === undefined
      ? choices
      : options.map(([option, key]): Choice => ({ value: option, label: text(key) }));
  if (input === 'fixed') {
    return (
      <p>
        {text(label)}: <strong>{value}</strong>
      </p>
    );
  }
  if (input === 'tick') {
    return (
      <label class="choice">
        <input
          {...shared}
          type="checkbox"
          checked={value === 'yes'}
          onChange={(event) => onInput(event.currentTarget.checked ? 'yes' : 'no')}
        />
        {text(label)}
      </label>
    );
  }
  return (
    <div>
      <label for={name}>{text(label)}</label>
      {input === 'choice' ? (
        <select {...shared} value={value} onChange={(event) => onInput(event.currentTarget.value)}>
          {offered.some((choice) => choice.value === value) ? null : <option value={value}>{'—'}</option>}
          {offered.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      ) : input === 'text' ? (
        <textarea
          {...shared}
          rows={8}
          maxLength={20_000}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      ) : (
        <input
          {...shared}
          {...(input === 'date' ? { type: 'date' } : { type: 'text' })}
          inputMode={input === 'amount' ? 'decimal' : 'text'}
          maxLength={name === 'link' ? 2_000 : 200}
          autocomplete="off"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
      {isWrong ? (
        <p class="hint" role="alert" id={`${name}-wrong`}>
          {text(name === 'link' ? 'panel_wrong_link' : 'panel_wrong')}
        </p>
      ) : null}
    </div>
  );
}
