import { z } from 'zod';
import type { ActionId } from '../../../shared/actions.ts';
import { PageOrder } from '../../../shared/fact.ts';
import { Failure, reportOf } from '../../../shared/failure.ts';
import { DocumentType, type OrderOffer } from '../../../shared/view/fatture-in-cloud.ts';
import type { Call } from '../../actions/action.ts';
import { foundDocument, listVatTypes, readTotals, type CreatedDocument } from '../../actions/document.ts';
import { createDeliveryNote } from '../../actions/fic.delivery_note.create.ts';
import { createInvoice, readInvoiceDefaults } from '../../actions/fic.invoice.create.ts';
import { createOrder } from '../../actions/fic.order.create.ts';
import { createProforma } from '../../actions/fic.proforma.create.ts';
import { createQuote } from '../../actions/fic.quote.create.ts';
import type { Draft } from '../../bridge/document.ts';
import { documentOf } from '../../bridge/order.ts';
import { orderSubject } from '../../bridge/subject.ts';
import type { Client } from '../../fatture-in-cloud/client.ts';
import { numberOf } from '../../fatture-in-cloud/document.ts';
import { slot } from '../../storage.ts';
import { today } from '../../text.ts';
import { callForCompany, type Books } from '../provider/account.ts';
import { sha256Hex, writeOnce } from '../provider/exactly-once.ts';
import type { PageSender } from '../site/page-sender.ts';
import { randomText } from '../wire/proof.ts';

const kinds: Readonly<
  Record<
    DocumentType,
    {
      action: ActionId;
      create(
        call: Call,
        companyId: number,
        body: Omit<Draft, 'type'>,
        numeration: string,
      ): Promise<CreatedDocument>;
    }
  >
> = {
  quote: { action: 'fic.quote.create', create: createQuote },
  order: { action: 'fic.order.create', create: createOrder },
  proforma: { action: 'fic.proforma.create', create: createProforma },
  delivery_note: { action: 'fic.delivery_note.create', create: createDeliveryNote },
  invoice: {
    action: 'fic.invoice.create',
    async create(call, companyId, body, numeration) {
      const { numerations, paymentMethod } = await readInvoiceDefaults(call, companyId, yearOf(body.date));
      // A series that is new would begin by itself with a slip of the finger.
      if (numeration !== '' && !numerations.includes(numeration)) throw new Failure('series-gone');
      return createInvoice(call, companyId, body, { numeration, paymentMethod });
    },
  },
};

const yearOf = (day: string): string => day.slice(0, 4);

const Offered = z.object({
  tabId: z.int(),
  companyId: z.int(),
  client: z.object({ id: z.int(), name: z.string() }),
  order: PageOrder,
  subject: z.string(),
});

/** Orders that members were shown and may make documents of; a page cannot change one between the two. */
const offers = slot('session', 'order-offers', z.record(z.string(), Offered), 'team');

const offersMax = 50;

/** What an order without a number is called: two of them are the same only if they say the same. */
async function nameOf(order: PageOrder): Promise<string> {
  return `Ordine ${(await sha256Hex(JSON.stringify(order))).slice(0, 8)}`;
}

/**
 * What can be made of the order on a page, for a client that is known; null where the member has no such action on.
 *
 * Shows what Fatture in Cloud itself makes of the lines. Where the page's order cannot become a document as it is, the
 * offer says why.
 */
export async function offerDocuments(
  order: PageOrder,
  client: Client,
  { company, call, may }: Books,
  { tabId, origin }: PageSender,
): Promise<OrderOffer | null> {
  const types = DocumentType.options.filter((type) => may(kinds[type].action));
  const [first] = types;
  if (first === undefined) return null;
  const subject = orderSubject(order.number ?? (await nameOf(order)), new URL(origin).host);
  try {
    const read = call(kinds[first].action);
    const body = documentOf(order, client, await listVatTypes(read, company.id), { subject, day: today() });
    const totals = await readTotals(read, company.id, { ...body, type: first });
    const shown = Math.round(body.payments_list.reduce((sum, { amount }) => sum + amount, 0) * 100);
    if (totals.gross !== shown) throw new Failure('document-refused', { fields: ['total'] });
    const offerId = randomText(16);
    const offered = {
      tabId,
      companyId: company.id,
      client: { id: client.id, name: client.name ?? '' },
      order,
      subject,
    };
    await offers.change((before) =>
      Object.fromEntries([...Object.entries(before ?? {}).slice(1 - offersMax), [offerId, offered]]),
    );
    return {
      status: 'possible',
      offerId,
      types,
      numerations: types.includes('invoice')
        ? await numerationsOf(call(kinds.invoice.action), company.id)
        : [],
      subject,
      lines: body.items_list.map(({ name, qty }) => (qty === 1 ? name : `${qty} × ${name}`)),
      ...totals,
    };
  } catch (error) {
    return { status: 'refused', failure: reportOf(error) };
  }
}

/** The company's series of numbers for invoices, where there is a choice. */
async function numerationsOf(call: Call, companyId: number): Promise<string[]> {
  const { numerations } = await readInvoiceDefaults(call, companyId, yearOf(today()));
  return numerations.length > 1 ? numerations : [];
}

/**
 * Makes a document of an order that was shown, once for the whole team.
 *
 * @throws Failure `proposal-gone` for an offer of another tab · `company-changed` since it was shown · `series-gone`
 */
export async function confirmDocument(
  offerId: string,
  type: DocumentType,
  numeration: string,
  { tabId, origin }: PageSender,
): Promise<{ created: boolean; companyName: string; number: string }> {
  const offered = (await offers.read())?.[offerId];
  if (offered === undefined || offered.tabId !== tabId) throw new Failure('proposal-gone');
  const { action, create } = kinds[type];
  const { call, company } = await callForCompany(action, origin);
  if (company.id !== offered.companyId) throw new Failure('company-changed');
  const { client, order, subject } = offered;
  const body = documentOf(order, client, await listVatTypes(call, company.id), { subject, day: today() });
  const { document, created } = await writeOnce([company.id, type, client.id, subject], {
    look: () => foundDocument(call, company.id, { ...body, type }),
    make: () => create(call, company.id, body, numeration),
  });
  return { created, companyName: company.name, number: numberOf(document) };
}
