import { Invoices, type Invoice } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/** Pages of invoices that are looked through: a contact has few, a period has more, and calls are few as well. */
const pagesMax = { contact: 3, period: 10 };

/** A contact's invoices, newest first. Whether the list can be filtered is not documented: what comes is filtered again. */
export async function listInvoices(call: Call, contactId: string): Promise<Invoice[]> {
  const found = await listPages(call, { contact_id: contactId }, pagesMax.contact);
  return found.filter(({ contact }) => contact?.id === contactId);
}

/** One invoice of a contact; no call is documented that shows one. */
export async function findInvoice(call: Call, contactId: string, invoiceId: string): Promise<Invoice | null> {
  return (await listInvoices(call, contactId)).find(({ id }) => id === invoiceId) ?? null;
}

/**
 * Invoices that were issued in a period, oldest first; drafts and void ones are left out.
 *
 * @param from first day, `to` last day, both `YYYY-MM-DD`
 */
export async function listIssued(call: Call, from: string, to: string): Promise<Invoice[]> {
  // An invoice is made before it is issued: some days more are asked for, and what comes is judged by its own date.
  const query = { created_after: shifted(from, -31), created_before: shifted(to, 2) };
  const found = await listPages(call, query, pagesMax.period);
  const dayOf = ({ finalized_at }: Invoice): string => (finalized_at ?? '').slice(0, 10);
  return found
    .filter(
      (invoice) =>
        dayOf(invoice) >= from && dayOf(invoice) <= to && !['draft', 'void'].includes(invoice.status ?? ''),
    )
    .toSorted(
      (a, b) =>
        (a.finalized_at ?? '').localeCompare(b.finalized_at ?? '') ||
        (a.number ?? '').localeCompare(b.number ?? ''),
    );
}

const shifted = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString();

async function listPages(call: Call, filter: Record<string, string>, most: number): Promise<Invoice[]> {
  const found: Invoice[] = [];
  for (let page = 1; page <= most; page += 1) {
    const { invoices, meta } = await call({
      method: 'GET',
      path: '/2025-09/invoices',
      query: { ...filter, limit: '100', page: String(page) },
      schema: Invoices,
    });
    found.push(...invoices);
    if (meta?.pagination?.next == null) break;
  }
  return found;
}
