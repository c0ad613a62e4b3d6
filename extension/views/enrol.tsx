import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { askFromView, type Answer } from '../ask.ts';
import { browser } from '../browser.ts';
import { permissionOf } from '../permission.ts';
import { text } from '../text.ts';
import { Notice } from './notice.tsx';

/** The origin of the relay that somebody typed, with or without `https://`; null where it is none. */
function originIn(typed: string): string | null {
  const address = typed.trim();
  const url = /^https?:\/\//i.test(address) ? address : `https://${address}`;
  if (address === '' || !URL.canParse(url)) return null;
  return new URL(url).origin;
}

interface EnrolProps {
  /** How a sign-in stands that was begun here. */
  flow: ViewState['flow'];
  onDone(): Promise<void>;
}

/** First screen: joins a team with an invite, as a link or as a code, or with an account of the team's. */
export function Enrol({ flow, onDone }: EnrolProps) {
  // A login at a provider is none of this screen's.
  const isOwn = flow.status !== 'idle' && flow.providerId === 'sign-in';
  const isSigningIn = isOwn && flow.status === 'running';
  const ended = isOwn && flow.status === 'failed' ? flow.failure : null;
  const [link, setLink] = useState('');
  const [isOther, setOther] = useState(false);
  const [address, setAddress] = useState('');
  const [code, setCode] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const join = async (
    event: Event,
    origin: string | null,
    ask: () => Promise<Answer<object>>,
  ): Promise<void> => {
    event.preventDefault();
    // First thing in the click: browsers give permissions only to a fresh user gesture.
    const asked =
      origin === null
        ? Promise.resolve(true)
        : browser.permissions.request({ origins: [permissionOf(origin)] });
    setBusy(true);
    const allowed = await asked.catch(() => false);
    const answer = allowed
      ? await ask()
      : { ok: false as const, failure: { code: 'relay-not-allowed' as const } };
    setBusy(false);
    setFailure(answer.ok ? null : answer.failure);
    if (answer.ok) await onDone();
  };
  const relayOrigin = originIn(address);

  return (
    <section>
      <h1>{text('enrol_title')}</h1>
      <p>{text('enrol_intro')}</p>
      <form
        onSubmit={(event) => {
          const origin = /^https?:/.test(link.trim()) ? originIn(link) : null;
          void join(event, origin, () => askFromView('installation.enrol', { link: link.trim() }));
        }}
      >
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
        <button type="submit" disabled={isBusy}>
          {text('enrol_button')}
        </button>
      </form>
      {failure === null ? null : <Notice failure={failure} onRemedy={() => setFailure(null)} />}
      {ended === null || failure !== null ? null : (
        <Notice failure={ended} onRemedy={() => void askFromView('flow.clear', {}).then(onDone)} />
      )}
      {isSigningIn ? <p role="status">{text('sign_in_running')}</p> : null}
      <details onToggle={(event) => setOther(event.currentTarget.open)}>
        <summary>{text('enrol_other')}</summary>
        {isOther ? (
          <form
            onSubmit={(event) => {
              const given = { relayOrigin: relayOrigin ?? '', code };
              void join(event, relayOrigin, () => askFromView('installation.enrol', given));
            }}
          >
            <label for="address">{text('enrol_address')}</label>
            <input
              id="address"
              type="text"
              inputmode="url"
              autocomplete="off"
              spellcheck={false}
              required
              placeholder="staffetta.example.com"
              value={address}
              onInput={(event) => setAddress(event.currentTarget.value)}
            />
            <label for="code">{text('enrol_code')}</label>
            <input
              id="code"
              type="text"
              autocomplete="off"
              autocapitalize="characters"
              spellcheck={false}
              required
              placeholder="7KQD-M2XW"
              value={code}
              onInput={(event) => setCode(event.currentTarget.value)}
            />
            <button type="submit" class="secondary" disabled={isBusy}>
              {text('enrol_code_button')}
            </button>
            <p class="hint">{text('sign_in_hint')}</p>
            <button
              type="button"
              class="secondary"
              disabled={isBusy || isSigningIn || relayOrigin === null}
              onClick={(event) => {
                const given = { relayOrigin: relayOrigin ?? '' };
                void join(event, relayOrigin, () => askFromView('installation.sign-in', given));
              }}
            >
              {text('sign_in_button')}
            </button>
          </form>
        ) : null}
      </details>
    </section>
  );
}
