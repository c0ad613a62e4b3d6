import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import { askFromView } from '../ask.ts';
import { browser } from '../browser.ts';
import { permissionOf } from '../permission.ts';
import { text } from '../text.ts';
import { Notice } from './notice.tsx';

/** First screen: joins a team with an invite. */
export function Enrol({ onDone }: { onDone(): Promise<void> }) {
  const [link, setLink] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const address = URL.canParse(link.trim()) ? new URL(link.trim()) : null;
    // First thing in the click: browsers give permissions only to a fresh user gesture.
    const asked =
      address === null || !/^https?:$/.test(address.protocol)
        ? Promise.resolve(true)
        : browser.permissions.request({ origins: [permissionOf(address.origin)] });
    setBusy(true);
    const allowed = await asked.catch(() => false);
    const answer = allowed
      ? await askFromView('installation.enrol', { link: link.trim() })
      : { ok: false as const, failure: { code: 'relay-not-allowed' as const } };
    setBusy(false);
    setFailure(answer.ok ? null : answer.failure);
    if (answer.ok) await onDone();
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <h1>{text('enrol_title')}</h1>
      <p>{text('enrol_intro')}</p>
      <label for="invite">{text('enrol_label')}</label>
      <input
        id="invite"
        type="text"
        autocomplete="off"
        spellcheck={false}
        required
        aria-describedby="invite-hint"
        value={link}
        onInput={(event) => setLink(event.currentTarget.value)}
      />
      <p id="invite-hint" class="hint">
        {text('enrol_hint')}
      </p>
      {failure === null ? null : <Notice failure={failure} onRemedy={() => setFailure(null)} />}
      <button type="submit" disabled={isBusy}>
        {text('enrol_button')}
      </button>
    </form>
  );
}
