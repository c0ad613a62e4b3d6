import { Failure } from '../../../shared/failure.ts';
import { isProviderAllowed, isSiteAllowed, type Managed } from '../../../shared/view/managed.ts';
import { browser } from '../../browser.ts';
import { parseManaged } from '../../managed.ts';

/** What the organisation has set by policy, as it is now. */
export async function readManaged(): Promise<Managed> {
  try {
    return parseManaged(await browser.storage.managed.get());
  } catch {
    // Firefox has no other way to say that nothing is set. Chrome says so by an empty answer: there this is a policy that
    // cannot be read.
    return parseManaged(import.meta.env.BROWSER === 'firefox' ? {} : null);
  }
}

/**
 * Refuses a provider that the organisation has switched off.
 *
 * @throws Failure `blocked-by-organisation` · `policy-unreadable`
 */
export async function requireProvider(id: string): Promise<void> {
  const managed = await readManaged();
  if (!isProviderAllowed(managed, id)) throw refusal(managed, 'providers');
}

/**
 * Refuses a site that the organisation has switched off.
 *
 * @throws Failure `blocked-by-organisation` · `policy-unreadable`
 */
export async function requireSite(origin: string): Promise<void> {
  const managed = await readManaged();
  if (!isSiteAllowed(managed, origin)) throw refusal(managed, 'sites');
}

const refusal = ({ unreadable }: Managed, name: 'providers' | 'sites'): Failure =>
  new Failure(unreadable.includes(name) ? 'policy-unreadable' : 'blocked-by-organisation');
