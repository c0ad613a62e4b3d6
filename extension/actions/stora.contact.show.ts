import type { ContactCard, ContactSummary } from '../../shared/view/stora.ts';
import { Allocations, OneContact, type Money } from '../stora/schemas.ts';
import { contactSummary } from '../stora/contact.ts';
import type { Call } from './action.ts';
import { listInvoices } from './stora.invoice.find.ts';

/** A contact as Stora has it. */
export async function readContact(call: Call, contactId: string): Promise<ContactSummary> {
  const path = `/2025-09/contacts/${contactId}` as const;
  return contactSummary((await call({ method: 'GET', path, schema: OneContact })).contact);
}

/** A contact with their units and what they owe. */
export async function showContact(call: Call, contactId: string): Promise<ContactCard> {
  const [contact, { unit_allocations }, invoices] = await Promise.all([
    readContact(call, contactId),
    call({
      method: 'GET',
      path: '/2025-09/unit_allocations',
      query: { contact_id: contactId, expand: 'unit,tenancy.site,tenancy.subscription', limit: '50' },
      schema: Allocations,
    }),
    listInvoices(call, contactId),
  ]);
  const open = invoices.filter(({ amount_due }) => amount_due.amount > 0);
  return {
    contact,
    units: unit_allocations.map(({ unit, tenancy }) => ({
      name: unit?.reference_id ?? '',
      site: tenancy?.site?.name ?? '',
      since: tenancy?.starts_at ?? null,
      until: tenancy?.ends_at ?? null,
      billing: billingOf(tenancy?.subscription?.billing_period),
      isCancelled: tenancy?.subscription?.cancelled === true,
    })),
    openInvoices: open.map(({ id, number, amount_due, line_items }) => ({
      id,
      number: number ?? '',
      due: amount_due,
      lines: line_items.map(({ description }) => description ?? ''),
    })),
    balance: sum(open.map(({ amount_due }) => amount_due)),
  };
}

const billingOf = (period: string | null | undefined): 'weekly' | 'monthly' | null =>
  period === 'weekly' || period === 'monthly' ? period : null;

/** One sum for each currency. */
function sum(amounts: readonly Money[]): Money[] {
  const totals = new Map<string, number>();
  for (const { amount, currency } of amounts) totals.set(currency, (totals.get(currency) ?? 0) + amount);
  return [...totals].map(([currency, amount]) => ({ amount, currency }));
}
