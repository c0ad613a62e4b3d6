import type { FailureReport } from '../../shared/failure.ts';
import { askFromView } from '../ask.ts';
import { browser } from '../browser.ts';
import { pendingSiteName, permissionOf } from '../permission.ts';

/**
 * Asks for the permission to work on a site and switches it on; null where that worked.
 *
 * To be called first thing in a click: browsers give permissions only to a fresh user gesture.
 */
export async function allowSite(origin: string): Promise<FailureReport | null> {
  // Not awaited: if the browser's own question closes this page, the background finishes what was begun.
  void browser.storage.session.set({ [pendingSiteName]: origin });
  const allowed = await browser.permissions.request({ origins: [permissionOf(origin)] }).catch(() => false);
  if (!allowed) return { code: 'site-not-allowed' };
  const answer = await askFromView('site.enable', { origin });
  return answer.ok ? null : answer.failure;
}
