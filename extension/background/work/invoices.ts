import { derivedUuid } from '../../../shared/derived-uuid.ts';
import { Failure } from '../../../shared/failure.ts';
import type { ContactSummary } from '../../../shared/view/stora.ts';
import { findClient } from '../../actions/fic.client.find.ts';
import { foundDocument, listVatTypes } from '../../actions/document.ts';
import { createProforma } from '../../actions/fic.proforma.create.ts';
import { readContact } from '../../actions/stora.contact.show.ts';
import { findInvoice } from '../../actions/stora.invoice.find.ts';
import { createNote } from '../../actions/stora.note.create.ts';
import { draftOf, lacksOf } from '../../bridge/invoice.ts';
import type { Client } from '../../fatture-in-cloud/client.ts';
import { numberOf } from '../../fatture-in-cloud/document.ts';
import { customerOf } from '../../stora/contact.ts';
import type { Invoice } from '../../stora/schemas.ts';
import { callFor, callForCompany } from '../provider/account.ts';
import { addEntity } from './entities.ts';
import { sha256Hex, writeOnce } from '../provider/exactly-once.ts';
import { linkPeople } from './people.ts';

interface Drafted {
  created: boolean;
  companyName: string;
  number: string;
  lacks: ReturnType<typeof lacksOf>;
}

/** How a draft is made. */
interface DraftOptions {
  /** Makes the contact a client where it is none yet; else the member adds the client first, and sees what is sent. */
  addsClient: boolean;
  /** Nobody waits for it: others go first. */
  isBackground: boolean;
}

/** One draft at a time for each invoice, however often it is pressed. */
const drafting = new Map<string, Promise<Drafted>>();

/** Makes an invoice of Stora a draft in Fatture in Cloud, once, and notes it at the contact. */
export async function draftInvoice(contactId: string, invoiceId: string): Promise<Drafted> {
  const { call } = await callFor('stora.invoice.find');
  const invoice = await findInvoice(call, contactId, invoiceId);
  if (invoice === null) throw new Failure('not-found');
  return draftOnce(contactId, invoice, { addsClient: false, isBackground: false });
}

/**
 * The same for an invoice that is known.
 *
 * @throws Failure `document-refused` with what a person has to decide in `fields`
 */
export function draftOnce(contactId: string, invoice: Invoice, options: DraftOptions): Promise<Drafted> {
  let draft = drafting.get(invoice.id);
  if (draft === undefined) {
    draft = makeDraft(contactId, invoice, options).finally(() => drafting.delete(invoice.id));
    drafting.set(invoice.id, draft);
  }
  return draft;
}

async function makeDraft(contactId: string, invoice: Invoice, options: DraftOptions): Promise<Drafted> {
  const { call: readStora } = await callFor('stora.contact.show', options.isBackground);
  const { call, company } = await callForCompany('fic.proforma.create');
  const contact = await readContact(readStora, contactId);
  const client = await clientOf(contact, company.id, options.addsClient);
  const draft = draftOf(invoice, client, await listVatTypes(call, company.id));
  const { document, created } = await writeOnce([company.id, 'proforma', client.id, draft.subject], {
    look: () => foundDocument(call, company.id, { ...draft, type: 'proforma' }),
    make: () => createProforma(call, company.id, draft),
  });
  const number = numberOf(document);
  const { call: write } = await callFor('stora.note.create', options.isBackground);
  const content = `${draft.subject} → Fatture in Cloud: proforma ${number}`;
  const url = document.url?.startsWith('https:') === true ? document.url : undefined;
  // The same key for the same invoice: a draft that is there already is noted once.
  await createNote(write, contactId, content, await keyOf(invoice.id), url);
  return { created, companyName: company.name, number, lacks: lacksOf(client) };
}

async function clientOf(contact: ContactSummary, companyId: number, addsClient: boolean): Promise<Client> {
  const { call: find } = await callForCompany('fic.client.find');
  const found = await findClient(find, companyId, customerOf(contact));
  if (found !== null) return found;
  if (!addsClient || contact.name === '') throw new Failure('document-refused', { fields: ['client'] });
  const { call } = await callForCompany('fic.client.create');
  const { client } = await addEntity('client', call, companyId, customerOf(contact));
  await linkPeople(client.id, contact.id, true);
  return client;
}

const keyOf = async (invoiceId: string): Promise<string> =>
  derivedUuid(await sha256Hex(`draft ${invoiceId}`));
