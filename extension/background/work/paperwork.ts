import { Failure } from '../../../shared/failure.ts';
import {
  DocumentType,
  type ClientDocument,
  type EInvoiceCheck,
} from '../../../shared/view/fatture-in-cloud.ts';
import { convertDocument, findConverted, type Conversion } from '../../actions/fic.document.convert.ts';
import { findDocuments } from '../../actions/fic.document.find.ts';
import { checkEInvoice, readSent, sendEInvoice } from '../../actions/fic.einvoice.send.ts';
import { numberOf } from '../../fatture-in-cloud/document.ts';
import { today } from '../../text.ts';
import { callForCompany, openBooks } from '../provider/account.ts';
import { writeOnce } from '../provider/exactly-once.ts';

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
  const { call, may, company } = await openBooks();
  const documents = await findDocuments(call('fic.document.find'), company.id, client);
  return documents.map(({ id, type, number, date, gross, eiStatus, isEInvoice }) => ({
    id,
    type,
    number,
    date,
    gross,
    eiStatus,
    becomes: may('fic.document.convert') ? [...becomes[type]] : [],
    canEmail: may('fic.document.send'),
    canCheck: isEInvoice && may('fic.einvoice.send'),
  }));
}

/** Makes another document of this one, once for the whole team. */
export async function convert(
  documentId: number,
  to: DocumentType,
): Promise<{ created: boolean; number: string; companyName: string }> {
  const { call, company } = await callForCompany('fic.document.convert');
  const conversion: Conversion = { documentId, to, day: today() };
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
 * @throws Failure `einvoice-refused` with what is wrong in `fields`, in the provider's words
 */
export async function sendInvoice(documentId: number): Promise<{ sentNow: boolean }> {
  const { call, company } = await callForCompany('fic.einvoice.send');
  return writeOnce<{ sentNow: boolean }>([company.id, 'e-invoice', documentId], {
    look: async () => ((await readSent(call, company.id, documentId)) === null ? null : { sentNow: false }),
    async make() {
      const { canSend, errors } = await checkEInvoice(call, company.id, documentId);
      if (!canSend) throw new Failure('einvoice-refused', { fields: errors });
      await sendEInvoice(call, company.id, documentId);
      return { sentNow: true };
    },
  });
}
