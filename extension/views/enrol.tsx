import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import { isSafeUrl } from '../../shared/safe-url.ts';
import type { Managed } from '../../shared/view/managed.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { askFromView, type Answer } from '../ask.ts';
import { browser } from '../browser.ts';
import { permissionOf } from '../permission.ts';
import { text } from '../text.ts';
import { unreadableText } from './managed.tsx';
import { Notice } from './notice.tsx';

/** The origin of the relay that somebody typed, with or without `https://`; null where it is none. */
function originIn(typed: string): string | null {
  const address = typed.trim();
  const url = /^https?:\/\//i.test(address) ? address : `https://${address}`;
  if (address === '' || !URL.canParse(url)) return null;
  return new URL(url).origin;
}

const isLink = (typed: string): boolean => /^https?:/i.test(typed.trim());

/** Asks the background to join, after the browser's own question for the relay at `origin`, where one is known. */
type Join = (event: Event, origin: string | null, ask: () => Promise<Answer<object>>) => void;

interface EnrolProps {
  managed: Managed;
  /** How a sign-in stands that was begun here. */
  flow: ViewState['flow'];
  onDone(): Promise<void>;
}

/**
 * First screen: joins a team with an invite, as a link or as a code, or with an account of the team's. Where the organisation
 * has set the relay, its address is not asked for.
 */
export function Enrol({ managed: { relayOrigin: preset, unreadable }, flow, onDone }: EnrolProps) {
  // A login at a provider is none of this screen's.
  const isOwn = flow.status !== 'idle' && flow.providerId === 'sign-in';
  const isSigningIn = isOwn && flow.status === 'running';
  const ended = isOwn && flow.status === 'failed' ? flow.failure : null;
  const [invite, setInvite] = useState('');
  const [isOther, setOther] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const askToJoin: Join = (event, origin, ask) => {
    event.preventDefault();
    // First thing in the click: browsers give permissions only to a fresh user gesture.
    // Of a relay that cannot be joined nothing is asked; the background says why.
    const asked =
      origin === null || !isSafeUrl(origin)
        ? Promise.resolve(true)
        : browser.permissions.request({ origins: [permissionOf(origin)] });
    setBusy(true);
    const join = async (): Promise<void> => {
      const allowed = await asked.catch(() => false);
      const answer = allowed
        ? await ask()
        : { ok: false as const, failure: { code: 'relay-not-allowed' as const } };
      setBusy(false);
      setFailure(answer.ok ? null : answer.failure);
      if (answer.ok) await onDone();
    };
    void join();
  };
  const submit = (event: Event): void => {
    const given =
      preset === null || isLink(invite)
        ? { link: invite.trim() }
        : { relayOrigin: preset, code: invite.trim() };
    // Of another relay than the preset one nothing is asked either.
    const origin = preset ?? (isLink(invite) ? originIn(invite) : null);
    askToJoin(event, origin, () => askFromView('installation.enrol', given));
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
    <section>
      <h1>{text('enrol_title')}</h1>
      <p>{text(preset === null ? 'enrol_intro' : 'enrol_intro_managed')}</p>
      <form onSubmit={submit}>
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
          value={invite}
          onInput={(event) => setInvite(event.currentTarget.value)}
        />
        <p id="invite-hint" class="hint">
          {text(preset === null ? 'enrol_hint' : 'enrol_hint_managed')}
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
        <summary>{text(preset === null ? 'enrol_other' : 'sign_in_button')}</summary>
        {isOther ? <OtherWays preset={preset} isBusy={isBusy || isSigningIn} onJoin={askToJoin} /> : null}
      </details>
    </section>
  );
}

interface OtherWaysProps {
  preset: string | null;
  isBusy: boolean;
  onJoin: Join;
}

/** A code that was read out, and the team's own login: both want the relay's address first. */
function OtherWays({ preset, isBusy, onJoin }: OtherWaysProps) {
  const [address, setAddress] = useState('');
  const [code, setCode] = useState('');
  const relayOrigin = preset ?? originIn(address);
  const given = { relayOrigin: relayOrigin ?? '' };
  return (
    <form
      onSubmit={(event) =>
        onJoin(event, relayOrigin, () => askFromView('installation.enrol', { ...given, code }))
      }
    >
      {preset === null ? (
        <>
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
        </>
      ) : null}
      <p class="hint">{text('sign_in_hint')}</p>
      <button
        type="button"
        class="secondary"
        disabled={isBusy || relayOrigin === null}
        onClick={(event) => onJoin(event, relayOrigin, () => askFromView('installation.sign-in', given))}
      >
        {text('sign_in_button')}
      </button>
    </form>
  );
}
