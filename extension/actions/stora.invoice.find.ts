import { Invoices, type Invoice } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/** Pages of invoices that are looked through: a contact has few, and calls are few as well. */
const pagesMax = 3;

/** A contact's invoices, newest first. Whether the list can be filtered is not documented: what comes is filtered again. */
export async function listInvoices(call: Call, contactId: string): Promise<Invoice[]> {
  const found: Invoice[] = [];
  for (let page = 1; page <= pagesMax; page += 1) {
    const { invoices, meta } = await call({
      method: 'GET',
      path: '/2025-09/invoices',
      query: { contact_id: contactId, limit: '100', page: String(page) },
      schema: Invoices,
    });
    found.push(...invoices.filter(({ contact }) => contact?.id === contactId));
    if (meta?.pagination?.next == null) break;
  }
  return found;
}

/** One invoice of a contact; no call is documented that shows one. */
export async function findInvoice(call: Call, contactId: string, invoiceId: string): Promise<Invoice | null> {
  return (await listInvoices(call, contactId)).find(({ id }) => id === invoiceId) ?? null;
}
