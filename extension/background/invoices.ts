import { Failure } from '../../shared/failure.ts';
import { createDraft, listVatTypes } from '../actions/fic.proforma.create.ts';
import { findClient } from '../actions/fic.client.find.ts';
import { createNote } from '../actions/stora.note.create.ts';
import { showContact } from '../actions/stora.contact.show.ts';
import { findInvoice } from '../actions/stora.invoice.find.ts';
import { draftOf, lacksOf } from '../bridge/draft.ts';
import { customerOf } from '../stora/contact.ts';
import { callFor, callForCompany } from './account.ts';

interface Drafted {
  created: boolean;
  companyName: string;
  number: string;
  lacks: ReturnType<typeof lacksOf>;
}

/** One draft at a time for each invoice, however often it is pressed. */
const drafting = new Map<string, Promise<Drafted>>();

/** Makes an invoice of Stora a draft in Fatture in Cloud, once, and notes it at the contact. */
export function draftInvoice(contactId: string, invoiceId: string): Promise<Drafted> {
  let draft = drafting.get(invoiceId);
  if (draft === undefined) {
    draft = draftOnce(contactId, invoiceId).finally(() => drafting.delete(invoiceId));
    drafting.set(invoiceId, draft);
  }
  return draft;
}

async function draftOnce(contactId: string, invoiceId: string): Promise<Drafted> {
  const { call: readStora } = await callFor('stora.contact.show');
  const { call: readInvoices } = await callFor('stora.invoice.find');
  const { call: find } = await callForCompany('fic.client.find');
  const { call, company } = await callForCompany('fic.proforma.create');
  const [{ contact }, invoice] = await Promise.all([
    showContact(readStora, contactId),
    findInvoice(readInvoices, contactId, invoiceId),
  ]);
  if (invoice === null) throw new Failure('not-found');
  const client = await findClient(find, company.id, customerOf(contact));
  // The member adds the client first, and sees what is sent.
  if (client === null) throw new Failure('draft-refused', { fields: ['client'] });
  const draft = draftOf(invoice, client, await listVatTypes(call, company.id));
  const { document, created } = await createDraft(call, company.id, draft);
  const number = String(document.number ?? document.id);
  const { call: write } = await callFor('stora.note.create');
  // The same key for the same invoice: a draft that is there already is noted once.
  await createNote(
    write,
    contactId,
    `${draft.subject} → Fatture in Cloud: proforma ${number}`,
    await keyOf(invoiceId),
  );
  return { created, companyName: company.name, number, lacks: lacksOf(client) };
}

/** A UUID (version 8, RFC 9562 §5.8) that is always the same for one invoice. */
async function keyOf(invoiceId: string): Promise<string> {
  const bytes = new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`draft ${invoiceId}`)),
  );
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
