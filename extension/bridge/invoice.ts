import { Failure } from '../../shared/failure.ts';
import type { Draft } from './document.ts';
import type { Client } from '../fatture-in-cloud/client.ts';
import type { VatType } from '../fatture-in-cloud/document.ts';
import type { Invoice } from '../stora/schemas.ts';

/** What an electronic invoice to this client will lack. */
export type Lack = 'tax-id' | 'recipient-code';

/** The subject by which a draft of this invoice is known. */
export const subjectOf = ({ number, id }: Pick<Invoice, 'number' | 'id'>): string => `Stora ${number ?? id}`;

/**
 * Turns an invoice of Stora into a draft with the same totals, to the cent.
 *
 * Stora names no VAT rate, only the tax of each line: the rate is the one of the company's VAT types that gives this tax.
 * Where none does, or several do, or the total would differ by a cent, there is no draft: a person has to decide.
 *
 * @throws Failure `document-refused` with `fields`: `currency` · `credit-note` · `vat: <line>` · `total` · `date`
 */
export function draftOf(
  invoice: Invoice,
  client: Pick<Client, 'id' | 'name'>,
  vatTypes: readonly VatType[],
): Omit<Draft, 'type'> {
  const currency = invoice.total.currency;
  if (currency !== 'EUR') throw new Failure('document-refused', { fields: ['currency'] });
  // How a credit note is spread over lines is not said.
  const credits = [invoice.pre_payment_credit_notes_amount, invoice.post_payment_credit_notes_amount];
  if (credits.some((credit) => (credit?.amount ?? 0) !== 0)) {
    throw new Failure('document-refused', { fields: ['credit-note'] });
  }
  const lines = invoice.line_items.map((line) => {
    const vat = vatOf(line.total_excluding_tax.amount, line.tax.amount, vatTypes);
    const name = line.description ?? '';
    if (vat === null) throw new Failure('document-refused', { fields: [`vat: ${name.slice(0, 60)}`] });
    return { name, net: line.total_excluding_tax.amount, vat };
  });
  const total = totalOf(lines);
  if (lines.length === 0 || total !== invoice.total.amount)
    throw new Failure('document-refused', { fields: ['total'] });
  const date = (invoice.finalized_at ?? invoice.period_start ?? '').slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new Failure('document-refused', { fields: ['date'] });
  return {
    entity: { id: client.id, name: client.name ?? '' },
    date,
    currency: { id: currency },
    subject: subjectOf(invoice),
    items_list: lines.map(({ name, net, vat }) => ({
      name,
      qty: 1,
      net_price: net / 100,
      vat: { id: vat.id },
    })),
    payments_list: [{ amount: total / 100, due_date: date, status: 'not_paid' }],
  };
}

/** The one VAT type that turns `net` into `tax`, both in cents and each rounded by itself; null where that is not one. */
function vatOf(net: number, tax: number, vatTypes: readonly VatType[]): VatType | null {
  const fitting = vatTypes.filter(({ value }) => Math.abs((net * value) / 100 - tax) <= 0.5);
  // Of two rates that fit a tiny amount neither is the one.
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** As Fatture in Cloud adds up: the tax of each rate on the sum of its lines. */
function totalOf(lines: ReadonlyArray<{ net: number; vat: VatType }>): number {
  const nets = new Map<number, number>();
  for (const { net, vat } of lines) nets.set(vat.value, (nets.get(vat.value) ?? 0) + net);
  return [...nets].reduce((sum, [rate, net]) => sum + net + Math.round((net * rate) / 100), 0);
}

/** What the electronic invoice that the draft becomes will need and the client has not. */
export function lacksOf(client: Client): Lack[] {
  const has = (value: string | null | undefined): boolean => value != null && value !== '';
  const isForeign = has(client.country_iso) && client.country_iso?.toUpperCase() !== 'IT';
  if (isForeign) return [];
  return [
    ...(has(client.vat_number) || has(client.tax_code) ? [] : (['tax-id'] as const)),
    ...(has(client.ei_code) || has(client.certified_email) ? [] : (['recipient-code'] as const)),
  ];
}
