import { Failure } from '../../shared/failure.ts';
import { DocumentType, type ClientDocument, type EInvoiceCheck } from '../../shared/view/fatture-in-cloud.ts';
import { convertDocument, findConverted, type Conversion } from '../actions/fic.document.convert.ts';
import { findDocuments } from '../actions/fic.document.find.ts';
import { checkEInvoice, readSent, sendEInvoice } from '../actions/fic.einvoice.send.ts';
import { readInvoiceDefaults } from '../actions/fic.invoice.create.ts';
import { numberOf } from '../fatture-in-cloud/document.ts';
import { callForCompany, usableActions } from './account.ts';
import { today } from './documents.ts';
import { writeOnce } from './once.ts';

/** What each kind becomes as work goes on. */
const becomes: Readonly<Record<DocumentType, readonly DocumentType[]>> = {
  quote: ['order', 'invoice'],
  order: ['delivery_note', 'invoice'],
  proforma: ['invoice'],
  delivery_note: ['invoice'],
  invoice: [],
};

/** What a client was sent last, and what the member may do with each. */
export async function listDocuments(client: { id: number; name: string }): Promise<ClientDocument[]> {
  const { call, company } = await callForCompany('fic.document.find');
  const [documents, usable] = await Promise.all([
    findDocuments(call, company.id, client),
    usableActions(['fic.document.convert', 'fic.document.send', 'fic.einvoice.send']),
  ]);
  return documents.map(({ id, type, number, date, gross, eiStatus, isEInvoice }) => ({
    id,
    type,
    number,
    date,
    gross,
    eiStatus,
    becomes: usable.has('fic.document.convert') ? [...becomes[type]] : [],
    canEmail: usable.has('fic.document.send'),
    canCheck: isEInvoice && usable.has('fic.einvoice.send'),
  }));
}

/** Makes another document of this one, once for the whole team. */
export async function convert(
  documentId: number,
  to: DocumentType,
): Promise<{ created: boolean; number: string; companyName: string }> {
  const { call, company } = await callForCompany('fic.document.convert');
  const day = today();
  const { paymentMethod } = await readInvoiceDefaults(call, company.id, day.slice(0, 4));
  const conversion: Conversion = { documentId, to, day, paymentMethod };
  const { document, created } = await writeOnce([company.id, 'convert', documentId, to], {
    look: () => findConverted(call, company.id, conversion),
    make: () => convertDocument(call, company.id, conversion),
  });
  return { created, number: numberOf(document), companyName: company.name };
}

/** How an invoice stands with the exchange; nothing is sent. */
export async function checkInvoice(documentId: number): Promise<EInvoiceCheck> {
  const { call, company } = await callForCompany('fic.einvoice.send');
  return checkEInvoice(call, company.id, documentId);
}

/**
 * Sends an invoice to the exchange, once for the whole team. It is checked again first: there is no way back.
 *
 * @throws Failure `draft-refused` with what is wrong in `fields`, in the provider's words
 */
export async function sendInvoice(documentId: number): Promise<{ sentNow: boolean }> {
  const { call, company } = await callForCompany('fic.einvoice.send');
  return writeOnce<{ sentNow: boolean }>([company.id, 'e-invoice', documentId], {
    look: async () => ((await readSent(call, company.id, documentId)) === null ? null : { sentNow: false }),
    async make() {
      const { canSend, errors } = await checkEInvoice(call, company.id, documentId);
      if (!canSend) throw new Failure('draft-refused', { fields: errors });
      await sendEInvoice(call, company.id, documentId);
      return { sentNow: true };
    },
  });
}
