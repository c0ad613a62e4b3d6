import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { Managed } from '../../shared/view/managed.ts';
import { askFromView } from '../ask.ts';
import { browser } from '../browser.ts';
import { permissionOf } from '../permission.ts';
import { text } from '../text.ts';
import { unreadableText } from './managed.tsx';
import { Notice } from './notice.tsx';

const addressOf = (text: string): URL | null => {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url : null;
};

interface EnrolProps {
  managed: Managed;
  onDone(): Promise<void>;
}

/** First screen: joins a team with an invite; where the organisation has set the relay, with its code alone. */
export function Enrol({ managed: { relayOrigin: preset, unreadable }, onDone }: EnrolProps) {
  const [link, setLink] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    // Of another relay than the preset one nothing is asked; the background refuses such a link.
    const address = addressOf(preset ?? link.trim());
    // First thing in the click: browsers give permissions only to a fresh user gesture.
    const asked =
      address === null
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

  if (unreadable.includes('relayOrigin')) {
    return (
      <section>
        <h1>{text('enrol_title')}</h1>
        <p class="notice" role="alert">
          {unreadableText('relayOrigin')}
        </p>
      </section>
    );
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <h1>{text('enrol_title')}</h1>
      <p>{text(preset === null ? 'enrol_intro' : 'enrol_intro_managed')}</p>
      {preset === null ? null : (
        <>
          <label for="relay">{text('enrol_relay')}</label>
          <input id="relay" type="text" readOnly aria-describedby="relay-hint" value={preset} />
          <p id="relay-hint" class="hint">
            {text('enrol_relay_hint')}
          </p>
        </>
      )}
      <label for="invite">{text(preset === null ? 'enrol_label' : 'enrol_label_managed')}</label>
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
        {text(preset === null ? 'enrol_hint' : 'enrol_hint_managed')}
      </p>
      {failure === null ? null : <Notice failure={failure} onRemedy={() => setFailure(null)} />}
      <button type="submit" disabled={isBusy}>
        {text('enrol_button')}
      </button>
    </form>
  );
}
