import { deleteConnection } from '../../shared/api/connections.ts';
import { readDeviceFlow } from '../../shared/api/device-flows.ts';
import { shareConnection } from '../../shared/api/team-connections.ts';
import { allowsConnection, allowsMethod } from '../../shared/policy.ts';
import { listSites } from '../../shared/api/sites.ts';
import { Failure, reportOf } from '../../shared/failure.ts';
import { viewMessages, type MessageAnswer, type ViewMessages } from '../../shared/messages.ts';
import { isProviderAllowed } from '../../shared/view/managed.ts';
import { type ViewState } from '../../shared/view/state.ts';
import { createDeal } from '../actions/stora.deal.create.ts';
import { createNote } from '../actions/stora.note.create.ts';
import { createTask, listStaff } from '../actions/stora.task.create.ts';
import { showOperator } from '../actions/stora.operator.show.ts';
import { findOrders } from '../actions/stora.order.find.ts';
import { findProducts } from '../actions/stora.product.find.ts';
import { findUnits } from '../actions/stora.unit.find.ts';
import { showContact } from '../actions/stora.contact.show.ts';
import { searchClients } from '../actions/fic.client.find.ts';
import { showClient } from '../actions/fic.client.show.ts';
import { findProducts as searchProducts } from '../actions/fic.product.find.ts';
import { searchSuppliers } from '../actions/fic.supplier.find.ts';
import { summaryOf } from '../fatture-in-cloud/client.ts';
import { readBatch, setBatch, startBatch } from './work/batch.ts';
import { checkAccess, forgetAccess, readAccess } from './provider/access.ts';
import {
  callFor,
  callForCompany,
  chooseCompany,
  chooseSiteCompany,
  connectionTo,
  forgetAccount,
  readAccount,
  readCompany,
  readConnection,
  readProvider,
  readSiteCompany,
} from './provider/account.ts';
import { readActions, setAction } from './provider/actions.ts';
import { today } from '../text.ts';
import { clearFlow, readFlow, startFlow, startSignIn } from './connect/flows.ts';
import { beginEmail } from './forms/email.ts';
import { choicesOf, kindsToBegin, sendWritten } from './forms/registry.ts';
import { dropGrant, heldGrant } from './provider/grants.ts';
import { draftInvoice } from './work/invoices.ts';
import { cancelDevice, connectWithToken, pollDevice, startDevice } from './connect/device-and-token.ts';
import {
  clientFromContact,
  contactFromClient,
  findPeople,
  linkPeople,
  readDifferences,
  updateFromClient,
} from './work/people.ts';
import { readManaged } from './wire/managed.ts';
import { checkInvoice, convert, listDocuments, sendInvoice } from './work/paperwork.ts';
import { clearNotices, readNotices, setNotice, tellNotices } from './provider/notices.ts';
import { hourlyLeft } from './provider/quota.ts';
import { changeTeamRecipes, keepRecipeDraft, readKnownRecipes } from './site/recipes.ts';
import { readInstallation } from './wire/installation.ts';
import { enrol } from './wire/joining.ts';
import { callRelay, clearMisuse, wasMisused } from './wire/relay.ts';
import { answerMessage, type Handlers } from './router.ts';
import { noteSearch, readSearch } from './work/search.ts';
import { isSiteOff, readStanding, renewStanding, type Standing } from './provider/team.ts';
import { disableSite, enableSite, isSiteEnabled, listOwnSites, pauseSite } from './site/sites.ts';
import { deleteWritten, listWritten, saveWritten } from './work/unsent-forms.ts';

const done = {};

const handlers: Handlers<ViewMessages, null> = {
  'state.read': ({ origin }) => readState(origin),
  'installation.enrol': async (given) => {
    await enrol(given);
    return done;
  },
  'installation.sign-in': async ({ relayOrigin }) => {
    await startSignIn(relayOrigin);
    return done;
  },
  'connection.start': async ({ providerId, forTeam }) => {
    await startFlow(providerId, forTeam);
    return done;
  },
  'connection.share': async ({ connectionId }) => {
    await callRelay(shareConnection, { connectionId }, { sharedWith: 'everyone' });
    renewStanding();
    await Promise.all([dropGrant(connectionId), clearNotices(connectionId)]);
    return done;
  },
  'device.start': async ({ providerId, forTeam }) => {
    await startDevice(providerId, forTeam);
    return done;
  },
  'device.poll': async ({ flowId }) => ({ connected: await pollDevice(flowId) }),
  'device.cancel': async ({ flowId }) => {
    await cancelDevice(flowId);
    return done;
  },
  'token.connect': async ({ providerId, token, forTeam }) => {
    await connectWithToken(providerId, token, forTeam);
    return done;
  },
  'access.check': async () => {
    await checkAccess();
    return done;
  },
  'action.set': async ({ id, isOn }) => {
    await setAction(id, isOn);
    await forgetAccess();
    return done;
  },
  'site.company': async ({ origin, companyId }) => {
    await chooseSiteCompany(origin, companyId);
    return done;
  },
  'flow.clear': async () => {
    await clearFlow();
    return done;
  },
  'alert.clear': async () => {
    await clearMisuse();
    return done;
  },
  'connection.delete': async ({ connectionId }) => {
    const isFirst = (await readConnection('fatture-in-cloud'))?.id === connectionId;
    const result = await callRelay(deleteConnection, { connectionId }, {});
    renewStanding();
    await Promise.all([dropGrant(connectionId), clearFlow(), clearNotices(connectionId)]);
    if (isFirst) await Promise.all([forgetAccount(), forgetAccess()]);
    return result;
  },
  'company.choose': async ({ companyId }) => {
    await chooseCompany(companyId);
    await tellNotices();
    return done;
  },
  'client.find': async ({ query }) => {
    await noteSearch(query);
    const { call, company } = await callForCompany('fic.client.find');
    return { clients: (await searchClients(call, company.id, query)).map(summaryOf) };
  },
  'search.read': () => readSearch(),
  'people.find': async ({ query }) => {
    await noteSearch(query);
    return findPeople(query);
  },
  'people.link': async ({ clientId, contactId, isLinked }) => {
    await linkPeople(clientId, contactId, isLinked);
    return done;
  },
  'client.show': async ({ clientId, name }) => {
    const { call, company } = await callForCompany('fic.client.show');
    return showClient(call, company.id, { id: clientId, name }, today());
  },
  'supplier.find': async ({ query }) => {
    const { call, company } = await callForCompany('fic.supplier.find');
    return { suppliers: (await searchSuppliers(call, company.id, query)).map(summaryOf) };
  },
  'product.find': async ({ query }) => {
    const { call, company } = await callForCompany('fic.product.find');
    return { products: await searchProducts(call, company.id, query) };
  },
  'document.find': async ({ clientId, name }) => ({
    documents: await listDocuments({ id: clientId, name }),
  }),
  'document.convert': ({ documentId, to }) => convert(documentId, to),
  'document.email': async ({ documentId, name }) => ({ id: (await beginEmail(documentId, name)).id }),
  'einvoice.check': ({ documentId }) => checkInvoice(documentId),
  'einvoice.send': ({ documentId }) => sendInvoice(documentId),
  'contact.show': async ({ contactId }) => showContact((await callFor('stora.contact.show')).call, contactId),
  'contact.create': async ({ key, ...client }) => ({ created: await contactFromClient(client, key) }),
  'client.create': ({ contactId }) => clientFromContact(contactId),
  'invoice.draft': ({ contactId, invoiceId }) => draftInvoice(contactId, invoiceId),
  'note.create': async ({ contactId, content, key }) => {
    await createNote((await callFor('stora.note.create')).call, contactId, content, key);
    return done;
  },
  'contact.differences': async ({ clientId, contactId }) => ({
    differences: await readDifferences(clientId, contactId),
  }),
  'contact.update': async ({ clientId, contactId, fields }) => {
    await updateFromClient(clientId, contactId, fields);
    return done;
  },
  'batch.start': async (wanted) => {
    await startBatch(wanted);
    return done;
  },
  'batch.read': async () => ({ batch: await readBatch() }),
  'batch.set': async ({ status }) => {
    await setBatch(status);
    return done;
  },
  'staff.find': async () => ({ staff: await listStaff((await callFor('stora.task.create')).call) }),
  'task.create': async ({ contactId, title, dueAt, assigneeId, key }) => {
    await createTask((await callFor('stora.task.create')).call, contactId, { title, dueAt, assigneeId }, key);
    return done;
  },
  'deal.create': async ({ contactId, name, key }) => {
    await createDeal((await callFor('stora.deal.create')).call, contactId, name, key);
    return done;
  },
  'operator.show': async () => ({ name: await showOperator((await callFor('stora.operator.show')).call) }),
  'notice.set': async ({ providerId, kind, isOn }) => {
    await setNotice(providerId, kind, isOn);
    return done;
  },
  'unit.find': async () => {
    const [sites, products] = await Promise.all([
      callFor('stora.unit.find').then(({ call }) => findUnits(call)),
      // Who may not see the products sees the units all the same.
      callFor('stora.product.find')
        .then(({ call }) => findProducts(call))
        .catch(() => []),
    ]);
    return { sites, products };
  },
  'order.find': async () => ({ orders: await findOrders((await callFor('stora.order.find')).call) }),
  'managed.read': () => readManaged(),
  'sites.read': async () => {
    const own = await listOwnSites();
    const offer = async (origins: string[]): Promise<string[]> => {
      const off = await Promise.all(origins.map(isSiteOff));
      return origins.filter((one, index) => off[index] !== true && !own.some(({ origin }) => origin === one));
    };
    // No others are allowed: the relay need not be asked.
    const { sites: only } = await readManaged();
    if (only !== null) return { own, offered: await offer(only), failure: null };
    // One's own sites are there without the relay too.
    try {
      const { sites } = await callRelay(listSites, {}, {});
      return { own, offered: await offer(sites.map(({ origin }) => origin)), failure: null };
    } catch (error) {
      return { own, offered: [], failure: reportOf(error) };
    }
  },
  'recipes.known': () => readKnownRecipes(),
  'recipes.keep': async ({ draft }) => {
    await keepRecipeDraft(draft);
    return done;
  },
  'recipes.change': async (change) => {
    await changeTeamRecipes(change);
    return done;
  },
  'site.pause': async ({ origin, isPaused }) => {
    await pauseSite(origin, isPaused);
    return done;
  },
  'written.list': async () => ({ drafts: await listWritten(), kinds: await kindsToBegin() }),
  'written.save': async (draft) => {
    await saveWritten(draft);
    return done;
  },
  'written.choices': async (draft) => ({ choices: await choicesOf(draft) }),
  'written.delete': async ({ id }) => {
    await deleteWritten(id);
    return done;
  },
  'written.send': ({ id }) => sendWritten(id),
  'site.enable': async ({ origin }) => {
    await enableSite(origin);
    return done;
  },
  'site.disable': async ({ origin }) => {
    await disableSite(origin);
    return done;
  },
};

/** Answers one of our own pages. */
export function answerView(message: unknown): Promise<MessageAnswer> {
  return answerMessage(viewMessages, handlers, message, null);
}

/** Puts the popup's state together; what cannot be had is null and `failure` says why. */
async function readState(origin: string | null): Promise<ViewState> {
  const installation = await readInstallation();
  const managed = await readManaged();
  const state: ViewState = {
    managed,
    installation:
      installation === null
        ? null
        : { memberName: installation.memberName, relayOrigin: installation.relayOrigin },
    isAdmin: false,
    provider: null,
    connection: null,
    isBlocked: false,
    actions: [],
    others: [],
    blocked: [],
    access: null,
    callsLeft: null,
    device: null,
    account: null,
    company: null,
    grantEndsAtMs: null,
    flow: await readFlow(),
    site: await viewOfSite(origin),
    alert: null,
    failure: null,
  };
  if (installation === null) return state;
  try {
    const [provider, other, standing] = await Promise.all([
      readProvider('fatture-in-cloud'),
      readProvider('stora'),
      readStanding(),
    ]);
    const connection = connectionTo(standing, 'fatture-in-cloud');
    state.isAdmin = standing.role === 'admin';
    // As what was just heard has it.
    state.site = await viewOfSite(origin);
    const isForbidden = ({ id }: { id: string }): boolean => !isProviderAllowed(managed, id);
    state.blocked = [provider, other]
      .filter((one) => one !== null)
      .filter(isForbidden)
      .map(({ id, name }) => ({ id, name, connection: connectionTo(standing, id) }));
    if (other !== null && !isForbidden(other)) state.others = await viewOfOther(other, standing);
    if (provider !== null && isForbidden(provider)) return state;
    state.connection = connection;
    if (provider !== null) {
      state.provider = await viewOf(provider, standing);
      state.actions = await readActions(provider, standing.policy);
      if (provider.methods.includes('device-code')) {
        state.device = (await callRelay(readDeviceFlow, {}, {})).flow;
      }
    }
    if (connection === null) return state;
    if (connection.status !== 'active') throw new Failure(connection.status);
    state.isBlocked = !allowsConnection(standing.policy, connection);
    if (state.isBlocked) return state;
    state.company = await readCompany(connection);
    const account = await readAccount(connection);
    state.account = { name: account.name, email: account.email, companies: account.companies };
    state.company = await readCompany(connection);
    if (state.company !== null) {
      state.access = await readAccess(connection.id, state.company.id);
      state.callsLeft = await hourlyLeft(state.company.id);
    }
    state.grantEndsAtMs = (await heldGrant(connection.id))?.expiresAtMs ?? null;
  } catch (error) {
    state.failure = reportOf(error);
  } finally {
    // After the calls above, one of which may have opened the session that brought the news.
    if (await wasMisused()) state.alert = { code: 'session-misused' };
  }
  return state;
}

type KnownProvider = NonNullable<Awaited<ReturnType<typeof readProvider>>>;

/** A provider as the popup shows it. */
async function viewOf(
  provider: KnownProvider,
  { policy }: Standing,
): Promise<NonNullable<ViewState['provider']>> {
  const { id, name, methods, clientId } = provider;
  const mayUse = (method: (typeof methods)[number]): boolean => allowsMethod(policy, id, method);
  return {
    id,
    name,
    methods: methods.filter(mayUse),
    blocked: methods.filter((method) => !mayUse(method)),
    clientId,
    notices: await readNotices(provider),
  };
}

/** A provider beside the first, if the team offers it. */
async function viewOfOther(provider: KnownProvider, standing: Standing): Promise<ViewState['others']> {
  const connection = connectionTo(standing, provider.id);
  if (provider.methods.length === 0 && connection === null) return [];
  return [
    {
      provider: await viewOf(provider, standing),
      connection,
      isBlocked: connection !== null && !allowsConnection(standing.policy, connection),
      actions: await readActions(provider, standing.policy),
    },
  ];
}

/** The page that the popup was opened over, as a site. */
const viewOfSite = async (origin: string | null): Promise<ViewState['site']> =>
  origin === null
    ? null
    : {
        origin,
        enabled: await isSiteEnabled(origin),
        isBlocked: await isSiteOff(origin),
        companyId: await readSiteCompany(origin),
      };
