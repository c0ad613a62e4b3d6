import type { ContactCard } from '../../shared/messages.ts';
import { Allocations, Invoices, OneContact, type Money } from '../stora/schemas.ts';
import { contactSummary } from '../stora/contact.ts';
import type { Call } from './action.ts';

/** Pages of invoices that are looked through: a contact has few, and calls are few as well. */
const pagesMax = 3;

/** A contact with their units and what they owe. */
export async function showContact(call: Call, contactId: string): Promise<ContactCard> {
  const [{ contact }, { unit_allocations }, invoices] = await Promise.all([
    call({ method: 'GET', path: `/2025-09/contacts/${contactId}`, schema: OneContact }),
    call({
      method: 'GET',
      path: '/2025-09/unit_allocations',
      query: { contact_id: contactId, expand: 'unit,tenancy.site', limit: '50' },
      schema: Allocations,
    }),
    listInvoices(call, contactId),
  ]);
  const open = invoices.filter(({ amount_due }) => amount_due.amount > 0);
  return {
    contact: contactSummary(contact),
    units: unit_allocations.map(({ unit, tenancy }) => ({
      name: unit?.reference_id ?? '',
      site: tenancy?.site?.name ?? '',
      since: tenancy?.starts_at ?? null,
      until: tenancy?.ends_at ?? null,
    })),
    openInvoices: open.map(({ id, number, amount_due }) => ({ id, number: number ?? '', due: amount_due })),
    balance: sum(open.map(({ amount_due }) => amount_due)),
  };
}

/** Whether the list can be filtered by contact is not documented: what comes is filtered again. */
async function listInvoices(call: Call, contactId: string) {
  const found: Array<Awaited<ReturnType<typeof page>>['invoices'][number]> = [];
  const page = (number: number) =>
    call({
      method: 'GET',
      path: '/2025-09/invoices',
      query: { contact_id: contactId, limit: '100', page: String(number) },
      schema: Invoices,
    });
  for (let number = 1; number <= pagesMax; number += 1) {
    const { invoices, meta } = await page(number);
    found.push(...invoices.filter(({ contact }) => contact?.id === contactId));
    if (meta?.pagination?.next == null) break;
  }
  return found;
}

/** One sum for each currency. */
function sum(amounts: readonly Money[]): Money[] {
  const totals = new Map<string, number>();
  for (const { amount, currency } of amounts) totals.set(currency, (totals.get(currency) ?? 0) + amount);
  return [...totals].map(([currency, amount]) => ({ amount, currency }));
}
