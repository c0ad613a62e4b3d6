import { useEffect, useRef, useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { Managed } from '../../shared/view/managed.ts';
import { askFromView } from '../ask.ts';
import { browser } from '../browser.ts';
import { failureText, text, type TextKey } from '../text.ts';
import { allowSite } from './allow-site.ts';
import { ManagedSettings } from './managed.tsx';
import { Notice } from './notice.tsx';
import { Recipes } from './recipes.tsx';

interface Sites {
  own: Array<{ origin: string; isPaused: boolean; isAllowed: boolean; isBlocked: boolean }>;
  offered: string[];
  failure: FailureReport | null;
}

/** What came of a press that failed, and how it is pressed again. */
interface FailedPress {
  failure: FailureReport;
  again(): void;
}

/** What to do for a first site: nothing but waiting, where the organisation allows none. */
const noneText = (managed: Managed | null): TextKey =>
  managed?.sites == null
    ? 'options_none'
    : managed.sites.length === 0
      ? 'options_none_allowed'
      : 'options_none_managed';

/** The options page: the sites on which Staffetta works in pages. */
export function Options() {
  const [sites, setSites] = useState<Sites | null>(null);
  const [managed, setManaged] = useState<Managed | null>(null);
  /** Why the sites could not be read. */
  const [unread, setUnread] = useState<FailureReport | null>(null);
  const [failed, setFailed] = useState<FailedPress | null>(null);

  const newest = useRef<unknown>(null);

  const load = async (): Promise<void> => {
    const asked = Promise.all([askFromView('sites.read', {}), askFromView('managed.read', {})]);
    newest.current = asked;
    const [answer, set] = await asked;
    // Of several that are asked for at once an older answer may come last.
    if (asked !== newest.current) return;
    if (answer.ok) setSites(answer.value);
    setUnread(answer.ok ? null : answer.failure);
    if (set.ok) setManaged(set.value);
  };
  useEffect(() => {
    const reload = (): void => void load();
    reload();
    // What is changed in the popup, or in the browser's own settings, shows here.
    const { onAdded, onRemoved } = browser.permissions;
    const changes = [browser.storage.onChanged, onAdded, onRemoved];
    for (const change of changes) change.addListener(reload);
    return () => {
      for (const change of changes) change.removeListener(reload);
    };
  }, []);

  const allow = async (origin: string): Promise<void> => {
    const failure = await allowSite(origin);
    setFailed(failure === null ? null : { failure, again: () => void allow(origin) });
    await load();
  };
  const ask = async (
    name: 'site.pause' | 'site.disable',
    origin: string,
    isPaused = false,
  ): Promise<void> => {
    const answer =
      name === 'site.pause'
        ? await askFromView(name, { origin, isPaused })
        : await askFromView(name, { origin });
    const again = (): void => void ask(name, origin, isPaused);
    setFailed(answer.ok ? null : { failure: answer.failure, again });
    await load();
  };

  return (
    <>
      <h1>{text('options_sites')}</h1>
      <p class="hint">{text('options_hint')}</p>
      {failed === null ? null : <Notice failure={failed.failure} onRemedy={failed.again} />}
      {unread === null ? null : <Notice failure={unread} onRemedy={() => void load()} />}
      {sites?.own.length === 0 ? <p>{text(noneText(managed))}</p> : null}
      <ul class="clients">
        {sites?.own.map(({ origin, isPaused, isAllowed, isBlocked }) => (
          <li key={origin}>
            <div class="row wrap">
              <strong>{new URL(origin).host}</strong>
              <span>
                {isBlocked
                  ? failureText({ code: 'blocked-by-admin' })
                  : text(isAllowed ? (isPaused ? 'options_paused' : 'options_on') : 'options_taken')}
              </span>
              {isBlocked ? null : isAllowed ? (
                <button
                  type="button"
                  class="secondary"
                  onClick={() => void ask('site.pause', origin, !isPaused)}
                >
                  {text(isPaused ? 'options_resume' : 'options_pause')}
                </button>
              ) : (
                <button type="button" class="secondary" onClick={() => void allow(origin)}>
                  {text('options_allow')}
                </button>
              )}
              <button type="button" class="quiet" onClick={() => void ask('site.disable', origin)}>
                {text('options_remove')}
              </button>
            </div>
          </li>
        ))}
      </ul>
      {sites === null || sites.offered.length === 0 ? null : (
        <section>
          <h2>{text(managed?.sites == null ? 'options_offered' : 'options_offered_managed')}</h2>
          <ul class="clients">
            {sites.offered.map((origin) => (
              <li key={origin}>
                <div class="row wrap">
                  <strong>{new URL(origin).host}</strong>
                  <button type="button" class="secondary" onClick={() => void allow(origin)}>
                    {text('options_allow')}
                  </button>
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      {managed === null ? null : <ManagedSettings managed={managed} />}
      {sites === null ? null : (
        <Recipes origins={sites.own.filter(({ isAllowed }) => isAllowed).map(({ origin }) => origin)} />
      )}
      {sites?.failure == null ? null : <Notice failure={sites.failure} onRemedy={() => void load()} />}
    </>
  );
}
