import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ViewState } from '../../shared/view/state.ts';
import { askFromView } from '../ask.ts';
import { browser } from '../browser.ts';

/**
 * Origin of the page the popup was opened over; null where it is no web page.
 *
 * Opened in a tab of its own, the popup takes it from `?site=`: only our own pages can open it that way.
 */
export async function readOrigin(): Promise<string | null> {
  const named = new URLSearchParams(location.search).get('site');
  const [tab] = named === null ? await browser.tabs.query({ active: true, currentWindow: true }) : [];
  const url = named ?? tab?.url;
  return url !== undefined && /^https?:/.test(url) && URL.canParse(url) ? new URL(url).origin : null;
}

/** The background's state, read again whenever something it keeps in memory changes. */
export function useViewState(origin: string | null) {
  const [state, setState] = useState<ViewState | null>(null);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const newest = useRef<{ asked: unknown; shown: Promise<void> }>({ asked: null, shown: Promise.resolve() });

  const reload = useCallback((): Promise<void> => {
    const asked = askFromView('state.read', { origin });
    const shown = async (): Promise<void> => {
      const answer = await asked;
      // Of several that are asked for at once an older answer may come last: all wait for the newest.
      if (asked !== newest.current.asked) return newest.current.shown;
      if (answer.ok) setState(answer.value);
      setFailure(answer.ok ? null : answer.failure);
    };
    newest.current = { asked, shown: shown() };
    return newest.current.shown;
  }, [origin]);

  useEffect(() => {
    void reload();
    const watched = ['flow', 'account', 'company', 'sites', 'installation'];
    const onChanged = (changes: Record<string, unknown>, area: string): void => {
      if (area === 'managed' || watched.some((name) => name in changes)) void reload();
    };
    browser.storage.onChanged.addListener(onChanged);
    return () => browser.storage.onChanged.removeListener(onChanged);
  }, [reload]);

  return { state, failure, reload };
}
