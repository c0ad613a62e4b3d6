import { z } from 'zod';
import { listConnections, type Connection } from '../../shared/api/connections.ts';
import { listProviders } from '../../shared/api/providers.ts';
import { actionOf, type ActionId } from '../../shared/actions.ts';
import { Failure } from '../../shared/failure.ts';
import { providers } from '../../shared/providers/registry.ts';
import { coversScope } from '../../shared/scopes.ts';
import { Company } from '../../shared/view/fatture-in-cloud.ts';
import type { Call } from '../actions/action.ts';
import { listCompanies } from '../actions/fic.company.list.ts';
import { slot } from '../storage.ts';
import { readActionsOn, requireAction } from './actions.ts';
import { callAs } from './call.ts';
import { callRelay } from './relay.ts';

const Account = z.object({
  connectionId: z.string(),
  name: z.string(),
  email: z.string(),
  companies: z.array(Company),
});

/** Who is connected: personal data, so in memory only. */
const account = slot('session', 'account', Account);

/** The company the member chose: an id and a name, kept over restarts. */
const chosen = slot('local', 'company', z.object({ connectionId: z.string(), company: Company }));

/** For how long what the relay says of its providers is believed, in milliseconds: one action asks several times. */
const providersMs = 5_000;

/** Losing this with the background is harmless: it is asked again. */
let known: { asked: ReturnType<typeof askProviders>; atMs: number } | null = null;

const askProviders = () => callRelay(listProviders, {}, {});

/** A provider as the relay has it; null where the relay does not know it. */
export async function readProvider(id: string) {
  if (known === null || Date.now() - known.atMs > providersMs) {
    known = { asked: askProviders(), atMs: Date.now() };
    // What failed is asked again by the next.
    known.asked.catch(forgetProviders);
  }
  const { providers: offered } = await known.asked;
  return offered.find((provider) => provider.id === id) ?? null;
}

/** Forgets what another relay has said. */
export function forgetProviders(): void {
  known = null;
}

/** The list of connections that is on its way. */
let asking: Promise<z.infer<typeof listConnections.output>> | null = null;

/** The member's connection to a provider; null before the first. */
export async function readConnection(providerId: string): Promise<Connection | null> {
  // Of two that are asked at once both want the same list; nothing of it is kept.
  asking ??= callRelay(listConnections, {}, {}).finally(() => {
    asking = null;
  });
  const { connections } = await asking;
  return connections.find((connection) => connection.providerId === providerId) ?? null;
}

/**
 * A working connection with a way to call its provider for an action.
 *
 * @param isBackground nobody waits for it: others go first
 */
export async function callFor(
  actionId: ActionId,
  isBackground = false,
): Promise<{ connection: Connection; call: Call }> {
  const { providerId } = actionOf(actionId);
  const [provider, connection] = await Promise.all([readProvider(providerId), readConnection(providerId)]);
  if (connection === null || provider === null) throw new Failure('not-connected');
  if (connection.status !== 'active') throw new Failure(connection.status);
  await requireAction(actionId, provider);
  return { connection, call: callAs(actionId, connection, provider.origin, isBackground) };
}

/** Of these actions the ones that are on and for which the connection has the permissions: what may be offered. */
export async function usableActions(ids: readonly ActionId[]): Promise<ReadonlySet<ActionId>> {
  const [provider, connection] = await Promise.all([
    readProvider('fatture-in-cloud'),
    readConnection('fatture-in-cloud'),
  ]);
  const known = provider === null ? undefined : providers.get(provider.id);
  if (provider === null || known === undefined || connection === null) return new Set();
  const on = await readActionsOn(provider);
  const { scopes: granted } = connection;
  const covers = (id: ActionId): boolean =>
    granted === null || actionOf(id).scopes.every((scope) => coversScope(known, granted, scope));
  return new Set(ids.filter((id) => on.includes(id) && covers(id)));
}

/** Who `connection` belongs to at the provider; asked once per browser start. */
export async function readAccount(connection: Connection) {
  const known = await account.read();
  if (known?.connectionId === connection.id) return known;
  return refreshAccount();
}

/**
 * Asks the provider again. A company that is no longer among the account's is forgotten, and the only one is chosen by
 * itself.
 */
export async function refreshAccount() {
  const { connection, call } = await callFor('fic.company.list');
  const found = { connectionId: connection.id, ...(await listCompanies(call)) };
  await account.write(found);
  const choice = await chosen.read();
  const [only, ...others] = found.companies;
  const stillThere = found.companies.find(
    ({ id }) => id === choice?.company.id && choice.connectionId === connection.id,
  );
  if (stillThere === undefined) {
    if (only !== undefined && others.length === 0) {
      await chosen.write({ connectionId: connection.id, company: only });
    } else await chosen.clear();
  }
  return found;
}

/** The company the member works for on `connection`; null until one is chosen. */
export async function readCompany(connection: Connection): Promise<Company | null> {
  const choice = await chosen.read();
  return choice?.connectionId === connection.id ? choice.company : null;
}

/** Chooses a company among the account's. */
export async function chooseCompany(companyId: number): Promise<void> {
  const { connection } = await callFor('fic.company.list');
  const { companies } = await readAccount(connection);
  const company = companies.find(({ id }) => id === companyId);
  if (company === undefined) throw new Failure('company-not-granted');
  await chosen.write({ connectionId: connection.id, company });
}

/** Companies that the member chose for one site each, by its origin. */
const chosenFor = slot('local', 'site-companies', z.record(z.string(), z.int()));

/** The company that the clients of `origin` belong to; null where it is the one chosen for all. */
export async function readSiteCompany(origin: string): Promise<number | null> {
  return (await chosenFor.read())?.[origin] ?? null;
}

/** Chooses the company for one site; null for the one that is chosen for all. */
export async function chooseSiteCompany(origin: string, companyId: number | null): Promise<void> {
  await chosenFor.change((before) => {
    const { [origin]: _, ...others } = before ?? {};
    return companyId === null ? others : { ...others, [origin]: companyId };
  });
}

/** Forgets who was connected and which companies were chosen. */
export async function forgetAccount(): Promise<void> {
  await Promise.all([account.clear(), chosen.clear(), chosenFor.clear()]);
}

/**
 * A call for an action, and the company it is for: the one chosen for the site at `origin`, else the one for all.
 *
 * @throws Failure `company-not-granted` where the site's company is no longer among the account's
 */
export async function callForCompany(actionId: ActionId, origin?: string) {
  const { connection, call } = await callFor(actionId);
  const own = origin === undefined ? null : await readSiteCompany(origin);
  if (own !== null) {
    const { companies } = await readAccount(connection);
    const company = companies.find(({ id }) => id === own);
    // Never another one instead: the member would write into the wrong books.
    if (company === undefined) throw new Failure('company-not-granted');
    return { connection, call, company };
  }
  const company = await readCompany(connection);
  if (company === null) throw new Failure('company-not-chosen');
  return { connection, call, company };
}
