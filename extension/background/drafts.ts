import { z } from 'zod';
import { Customer, type PageOrder } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { ClientSummary } from '../../shared/view/fatture-in-cloud.ts';
import { type PageAnswer } from '../../shared/messages.ts';
import { findClient } from '../actions/fic.client.find.ts';
import { newClientFields, newClientOf, summaryOf } from '../fatture-in-cloud/client.ts';
import { slot } from '../storage.ts';
import { callForCompany } from './account.ts';
import { addClient } from './clients.ts';
import { offerDocuments } from './documents.ts';
import { randomText } from './proof.ts';

const Draft = z.object({
  tabId: z.int(),
  companyId: z.int(),
  customer: Customer,
  /** Set once the client exists: a repeated confirmation answers the same client. */
  client: ClientSummary.nullable(),
});

/** What members were shown and may confirm. Kept here so that a page cannot change it between the two. */
const drafts = slot('session', 'drafts', z.record(z.string(), Draft));

const draftsMax = 50;

/** One write at a time for each customer and company, whichever tab or click it comes from. */
const writing = new Map<string, Promise<{ created: boolean; companyName: string; client: ClientSummary }>>();

const save = async (id: string, draft: z.infer<typeof Draft>): Promise<void> => {
  await drafts.change((before) => {
    const others = Object.entries(before ?? {}).filter(([other]) => other !== id);
    return Object.fromEntries([...others.slice(1 - draftsMax), [id, draft]]);
  });
};

/** The page a content script speaks for. */
interface Page {
  tabId: number;
  origin: string;
}

/** Says whether the customer of a page is a client already; if not, what would be sent. */
export async function resolveCustomer(
  customer: Customer,
  order: PageOrder | null,
  page: Page,
): Promise<PageAnswer> {
  const { tabId, origin } = page;
  const { call, company } = await callForCompany('fic.client.find', origin);
  const found = await findClient(call, company.id, customer);
  if (found !== null) {
    return {
      status: 'found',
      companyName: company.name,
      client: summaryOf(found),
      order: order === null ? null : await offerDocuments(order, found, page),
    };
  }
  const draftId = randomText(16);
  await save(draftId, { tabId, companyId: company.id, customer, client: null });
  const record = newClientOf(customer);
  const fields = newClientFields.flatMap((field) => {
    const value = record[field];
    return value === undefined ? [] : [{ field, value }];
  });
  return { status: 'absent', companyName: company.name, draftId, fields };
}

/**
 * Creates the client of a draft exactly once.
 *
 * Two confirmations at once share one attempt; what an attempt does against doubles is in the action.
 *
 * @throws Failure `draft-gone` where the draft is not this tab's, or the company was changed since it was shown
 */
export async function confirmDraft(draftId: string, { tabId, origin }: Page) {
  const draft = (await drafts.read())?.[draftId];
  if (draft === undefined || draft.tabId !== tabId) throw new Failure('draft-gone');
  const { customer, companyId } = draft;
  const key = JSON.stringify([
    companyId,
    customer.vatNumber ?? customer.taxCode ?? customer.email ?? customer.name,
  ]);
  let write = writing.get(key);
  if (write === undefined) {
    write = createOnce(draftId, draft, origin).finally(() => writing.delete(key));
    writing.set(key, write);
  }
  return write;
}

async function createOnce(draftId: string, draft: z.infer<typeof Draft>, origin: string) {
  const { call, company } = await callForCompany('fic.client.create', origin);
  if (company.id !== draft.companyId) throw new Failure('draft-gone');
  if (draft.client !== null) return { created: false, companyName: company.name, client: draft.client };
  const { client: record, created } = await addClient(call, company.id, draft.customer);
  const client = summaryOf(record);
  await save(draftId, { ...draft, client });
  return { created, companyName: company.name, client };
}
