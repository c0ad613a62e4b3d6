import { z } from 'zod';
import type { Connection } from '../../../shared/api/connections.ts';
import { listProviders } from '../../../shared/api/providers.ts';
import { actionOf, type ActionId } from '../../../shared/actions.ts';
import { Failure } from '../../../shared/failure.ts';
import { allowsConnection } from '../../../shared/policy.ts';
import { providers } from '../../../shared/providers/registry.ts';
import { coversScope } from '../../../shared/scopes.ts';
import { Company } from '../../../shared/view/fatture-in-cloud.ts';
import type { Call } from '../../actions/action.ts';
import { listCompanies } from '../../actions/fic.company.list.ts';
import { slot } from '../../storage.ts';
import { readActions, requireAction } from './actions.ts';
import { callAs } from './call.ts';
import { requireProvider } from '../wire/managed.ts';
import { beforeJoining } from '../wire/joining.ts';
import { callRelay } from '../wire/relay.ts';
import { readStanding, type Standing } from './team.ts';

const Account = z.object({
  connectionId: z.string(),
  name: z.string(),
  email: z.string(),
  companies: z.array(Company),
});

/** Who is connected: personal data, so in memory only. */
const account = slot('session', 'account', Account, 'team');

/** The company the member chose: an id and a name, kept over restarts. */
const chosen = slot('local', 'company', z.object({ connectionId: z.string(), company: Company }), 'team');

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

const forgetProviders = (): void => {
  known = null;
};
beforeJoining(async () => forgetProviders());

/**
 * The connection to a provider that is worked with: the member's own, and where that does not work or is not there the
 * team's; null before the first.
 */
export function connectionTo({ connections }: Standing, providerId: string): Connection | null {
  const all = connections.filter((connection) => connection.providerId === providerId);
  return all.find(({ status }) => status === 'active') ?? all[0] ?? null;
}

/** The same, asked for now. */
export const readConnection = async (providerId: string): Promise<Connection | null> =>
  connectionTo(await readStanding(), providerId);

/** A working connection, and what the member may do with it: found out once for all calls of one piece of work. */
export interface OpenConnection {
  connection: Connection;
  /** Whether the action is on and the connection has its permissions: whether it may be offered. */
  may(actionId: ActionId): boolean;
  /** @throws Failure `blocked-by-admin` · `action-off` · `missing-scope` */
  call(actionId: ActionId): Call;
}

/**
 * Opens the member's connection to a provider.
 *
 * @param isBackground nobody waits for what is called: others go first
 * @throws Failure `not-connected` · `blocked-by-admin` · or as the connection's status says · as `requireProvider`
 */
export async function openConnection(providerId: string, isBackground = false): Promise<OpenConnection> {
  await requireProvider(providerId);
  const [provider, standing] = await Promise.all([readProvider(providerId), readStanding()]);
  const connection = connectionTo(standing, providerId);
  if (connection === null || provider === null) throw new Failure('not-connected');
  if (connection.status !== 'active') throw new Failure(connection.status);
  if (!allowsConnection(standing.policy, connection)) throw new Failure('blocked-by-admin');
  const actions = await readActions(provider, standing.policy);
  const { scopes: granted } = connection;
  const known = providers.get(providerId);
  return {
    connection,
    may: (actionId) =>
      known !== undefined &&
      actions.some(({ id, isOn }) => id === actionId && isOn) &&
      (granted === null || actionOf(actionId).scopes.every((scope) => coversScope(known, granted, scope))),
    call(actionId) {
      requireAction(actionId, actions);
      return callAs(actionId, connection, provider.origin, isBackground);
    },
  };
}

/** A way to call the provider for one action: as `openConnection`. */
export async function callFor(
  actionId: ActionId,
  isBackground = false,
): Promise<{ connection: Connection; call: Call }> {
  const { connection, call } = await openConnection(actionOf(actionId).providerId, isBackground);
  return { connection, call: call(actionId) };
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
const chosenFor = slot('local', 'site-companies', z.record(z.string(), z.int()), 'team');

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

/** The books of one company: a connection to Fatture in Cloud, and whose they are. */
export interface Books extends OpenConnection {
  company: Company;
}

/**
 * Opens the books that a site's clients belong to: of the company chosen for the site at `origin`, else of the one for all.
 *
 * @throws Failure `company-not-granted` where the site's company is no longer among the account's · `company-not-chosen` · as
 *   `openConnection`
 */
export async function openBooks(origin?: string): Promise<Books> {
  const open = await openConnection('fatture-in-cloud');
  return { ...open, company: await companyFor(open.connection, origin) };
}

async function companyFor(connection: Connection, origin: string | undefined): Promise<Company> {
  const own = origin === undefined ? null : await readSiteCompany(origin);
  if (own !== null) {
    const { companies } = await readAccount(connection);
    const company = companies.find(({ id }) => id === own);
    // Never another one instead: the member would write into the wrong books.
    if (company === undefined) throw new Failure('company-not-granted');
    return company;
  }
  const company = await readCompany(connection);
  if (company === null) throw new Failure('company-not-chosen');
  return company;
}

/** A call for one action, and the company it is for: as `openBooks`. */
export async function callForCompany(actionId: ActionId, origin?: string) {
  const { connection, call } = await callFor(actionId);
  return { connection, call, company: await companyFor(connection, origin) };
}
