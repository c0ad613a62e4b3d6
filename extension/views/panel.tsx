import { useEffect, useRef, useState } from 'preact/hooks';
import type { WrittenDraft, WrittenKind } from '../../shared/view/fatture-in-cloud.ts';
import { askFromView } from '../ask.ts';
import { browser, isWindowPrivate } from '../browser.ts';
import { text, today } from '../text.ts';
import { forms } from './forms.ts';
import { WrittenForm } from './unsent-form.tsx';

/** What a draft is called in the list. */
function nameOf({ kind, values }: WrittenDraft): string {
  const parts = forms[kind].name.map((field) => values[field]?.trim() ?? '').filter((part) => part !== '');
  return parts.length === 0 ? text('panel_unnamed') : parts.join(' ');
}

/** The side panel: for what is longer than two fields. Everything that is typed is kept, sealed, at once. */
export function Panel() {
  const [drafts, setDrafts] = useState<WrittenDraft[] | null>(null);
  const [kinds, setKinds] = useState<WrittenKind[]>([]);
  const [openId, setOpenId] = useState<string | null>(null);
  const [note, setNote] = useState<string | null>(null);
  const known = useRef(new Set<string>());
  const isPrivate = useRef(true);

  useEffect(() => {
    const load = async (): Promise<void> => {
      isPrivate.current = await isWindowPrivate();
      const answer = await askFromView('written.list', {});
      const found = answer.ok ? answer.value.drafts : [];
      setDrafts(found);
      setOpenId(found[0]?.id ?? null);
      if (answer.ok) setKinds(answer.value.kinds);
      known.current = new Set(found.map(({ id }) => id));
    };
    // A draft may begin elsewhere: at a link on a page, at a document in the popup.
    const onChanged = (changes: Record<string, { newValue?: unknown }>): void => {
      const ids = Object.keys(Object(changes['written']?.newValue));
      if (ids.some((id) => !known.current.has(id))) void load();
    };
    void load();
    browser.storage.onChanged.addListener(onChanged);
    return () => browser.storage.onChanged.removeListener(onChanged);
  }, []);
  if (drafts === null) return <p role="status">{text('popup_loading')}</p>;

  const begin = (kind: WrittenKind): void => {
    const draft = {
      id: crypto.randomUUID() as string,
      kind,
      values: forms[kind].start(today()),
      isPrivate: isPrivate.current,
    };
    known.current.add(draft.id);
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
      <div class="row wrap" role="group" aria-label={text('panel_begin')}>
        {kinds.map((kind) => (
          <button key={kind} type="button" class="quiet" onClick={() => begin(kind)}>
            {text(`panel_new_${kind}`)}
          </button>
        ))}
      </div>
      {drafts.length === 0 ? (
        <p class="hint">{text('panel_none')}</p>
      ) : (
        <div class="row wrap" role="group" aria-label={text('panel_drafts')}>
          {drafts.map((draft) => (
            <button
              key={draft.id}
              type="button"
              class={draft.id === openId ? 'secondary' : 'quiet'}
              aria-pressed={draft.id === openId}
              onClick={() => setOpenId(draft.id)}
            >
              {nameOf(draft)}
            </button>
          ))}
        </div>
      )}
      {current === undefined ? null : (
        <WrittenForm key={current.id} draft={current} onChanged={put} onGone={drop} />
      )}
    </>
  );
}
