import { z } from 'zod';
import { checkVatNumber } from '../../../shared/api/vat-numbers.ts';
import { Customer, type PageOrder } from '../../../shared/fact.ts';
import { Failure } from '../../../shared/failure.ts';
import { ClientSummary, Role } from '../../../shared/view/fatture-in-cloud.ts';
import { type PageAnswer } from '../../../shared/messages.ts';
import { readEntity } from '../../actions/entity.ts';
import { recordChanges, recordDifferences } from '../../bridge/record.ts';
import { newClientFields, newClientOf, summaryOf } from '../../fatture-in-cloud/client.ts';
import { openPanelBeside } from '../../browser.ts';
import { slot } from '../../storage.ts';
import { callForCompany, openBooks } from '../provider/account.ts';
import { offerDocuments } from './documents.ts';
import { addEntity, roles } from './entities.ts';
import type { PageSender } from '../site/page-sender.ts';
import { randomText } from '../wire/proof.ts';
import { callRelay } from '../wire/relay.ts';
import { saveWritten } from './unsent-forms.ts';

const Proposal = z.object({
  tabId: z.int(),
  companyId: z.int(),
  customer: Customer,
  /** Set once the record exists: a repeated confirmation answers the same one. */
  record: ClientSummary.extend({ role: Role }).nullable(),
});

/** What members were shown and may confirm. Kept here so that a page cannot change it between the two. */
const proposals = slot('session', 'proposals', z.record(z.string(), Proposal), 'team');

const proposalsMax = 50;

/** One write at a time for each customer and company, whichever tab or click it comes from. */
const writing = new Map<string, Promise<{ created: boolean; companyName: string; client: ClientSummary }>>();

const save = async (id: string, proposal: z.infer<typeof Proposal>): Promise<void> => {
  await proposals.change((before) => {
    const others = Object.entries(before ?? {}).filter(([other]) => other !== id);
    return Object.fromEntries([...others.slice(1 - proposalsMax), [id, proposal]]);
  });
};

/** Says whether the customer of a page is a client or a supplier already; if not, what would be sent. */
export async function resolveCustomer(
  customer: Customer,
  order: PageOrder | null,
  page: PageSender,
): Promise<PageAnswer> {
  const { tabId, origin } = page;
  const proposalId = randomText(16);
  const books = await openBooks(origin);
  const { company, may } = books;
  for (const role of Role.options) {
    const { actions, find } = roles[role];
    if (role !== 'client' && !may(actions.find)) continue;
    const found = await find(books.call(actions.find), company.id, customer);
    if (found === null) continue;
    const client = summaryOf(found);
    const differences = may(actions.update) ? recordDifferences(found, customer) : [];
    await save(proposalId, { tabId, companyId: company.id, customer, record: { ...client, role } });
    return {
      status: 'found',
      role,
      companyName: company.name,
      client,
      proposalId,
      differences,
      order: order === null || role !== 'client' ? null : await offerDocuments(order, found, books, page),
    };
  }
  await save(proposalId, { tabId, companyId: company.id, customer, record: null });
  const record = newClientOf(customer);
  const fields = newClientFields.flatMap((field) => {
    const value = record[field];
    return value === undefined ? [] : [{ field, value }];
  });
  return {
    status: 'absent',
    companyName: company.name,
    proposalId,
    fields,
    roles: Role.options.filter((role) => role === 'client' || may(roles[role].actions.create)),
  };
}

/** The proposal of this tab; nobody else's. */
async function proposalOf(proposalId: string, tabId: number): Promise<z.infer<typeof Proposal>> {
  const proposal = (await proposals.read())?.[proposalId];
  if (proposal === undefined || proposal.tabId !== tabId) throw new Failure('proposal-gone');
  return proposal;
}

/**
 * Makes the client or supplier of a proposal exactly once.
 *
 * Two confirmations at once share one attempt; what an attempt does against doubles is in the action.
 *
 * @throws Failure `proposal-gone` for a proposal of another tab · `company-changed` since it was shown
 */
export async function confirmProposal(proposalId: string, role: Role, { tabId, origin }: PageSender) {
  const proposal = await proposalOf(proposalId, tabId);
  const { customer, companyId } = proposal;
  const identity = customer.vatNumber ?? customer.taxCode ?? customer.email ?? customer.name;
  const key = JSON.stringify([companyId, role, identity]);
  let write = writing.get(key);
  if (write === undefined) {
    write = createOnce(proposalId, proposal, role, origin).finally(() => writing.delete(key));
    writing.set(key, write);
  }
  return write;
}

async function createOnce(
  proposalId: string,
  proposal: z.infer<typeof Proposal>,
  role: Role,
  origin: string,
) {
  const { call, company } = await callForCompany(roles[role].actions.create, origin);
  if (company.id !== proposal.companyId) throw new Failure('company-changed');
  const companyName = company.name;
  if (proposal.record?.role === role) return { created: false, companyName, client: proposal.record };
  const { client: record, created } = await addEntity(role, call, company.id, proposal.customer);
  const client = summaryOf(record);
  await save(proposalId, { ...proposal, record: { ...client, role } });
  return { created, companyName, client };
}

/**
 * Takes these fields of the page over into the record that was shown; no others.
 *
 * @throws Failure `proposal-gone` · `company-changed` · `record-changed` since it was shown
 */
export async function updateRecord(
  proposalId: string,
  fields: readonly string[],
  { tabId, origin }: PageSender,
) {
  const { customer, companyId, record } = await proposalOf(proposalId, tabId);
  if (record === null) throw new Failure('proposal-gone');
  const { actions, update } = roles[record.role];
  const { call, company } = await callForCompany(actions.update, origin);
  if (company.id !== companyId) throw new Failure('company-changed');
  const book = { companyId, kind: `${record.role}s` } as const;
  const current = await readEntity(call, book, record.id);
  const changes = recordChanges(current, customer, fields);
  if (Object.keys(changes).length < fields.length) throw new Failure('record-changed');
  const changed = await update(call, companyId, current, changes);
  return { companyName: company.name, client: summaryOf(changed) };
}

/** What VIES says of the VAT number that was shown. */
export async function checkVat(proposalId: string, { tabId }: PageSender) {
  const { customer } = await proposalOf(proposalId, tabId);
  const number =
    customer.euVatNumber ?? (customer.vatNumber === undefined ? null : `IT${customer.vatNumber}`);
  if (number === null) throw new Failure('proposal-gone');
  return callRelay(checkVatNumber, {}, { number });
}

/** Copies what was shown into an unsent form in the side panel, and opens the panel where the browser lets a press in a page do that. */
export async function continueInPanel(
  proposalId: string,
  { tabId, isPrivate }: PageSender,
): Promise<{ opened: boolean }> {
  // First, while the press still counts as one; the panel shows what comes.
  const opening = openPanelBeside(tabId);
  const { customer } = await proposalOf(proposalId, tabId);
  const { euVatNumber, vatNumber = euVatNumber, ...others } = customer;
  const values = Object.entries({ ...others, vatNumber }).filter(([, value]) => value !== undefined);
  await saveWritten({
    id: crypto.randomUUID(),
    kind: 'client',
    values: Object.fromEntries(values as Array<[string, string]>), // the others were left out
    isPrivate,
  });
  return { opened: await opening };
}
