import { Failure } from '../../shared/failure.ts';
import type { OrderLine, PageOrder } from '../../shared/fact.ts';
import type { Client } from '../fatture-in-cloud/client.ts';
import type { VatType } from '../fatture-in-cloud/document.ts';
import type { DocumentLine, Draft } from './document.ts';

/** Hundred-thousandths in a cent. */
const perCent = 1_000;

/** What all of a line costs, in cents; null where the page does not say, or contradicts itself. */
function lineCents({ quantity, unitPrice, total }: OrderLine): number | null {
  const computed = unitPrice === null ? null : Math.round((unitPrice * quantity) / perCent);
  if (total === null) return computed;
  const given = Math.round(total / perCent);
  // Shops round each unit, or the line: more than a cent a piece apart is no rounding.
  return computed === null || Math.abs(computed - given) <= Math.max(quantity, 1) ? given : null;
}

/** Whether the lines' prices have VAT in them, by the page's word or by its sums. */
function hasVat(order: PageOrder, sum: number): boolean {
  const total = order.total === null ? null : Math.round(order.total / perCent);
  const tax = order.tax === null ? null : Math.round(order.tax / perCent);
  if (total !== null && tax !== null && tax > 0) {
    if (sum + tax === total) return false;
    if (sum === total) return true;
  }
  if (order.includesVat !== null) return order.includesVat;
  throw new Failure('document-refused', { fields: ['vat'] });
}

/** The one VAT type of this rate; of several without tax none is the one. */
function typeOf(rate: number, vatTypes: readonly VatType[]): VatType | null {
  const fitting = vatTypes.filter(({ value }) => value === rate).toSorted((a, b) => a.id - b.id);
  return rate === 0 && fitting.length > 1 ? null : (fitting[0] ?? null);
}

/** The one rate that makes this tax of the whole order. */
function rateOfWhole(
  sum: number,
  tax: number,
  isGross: boolean,
  vatTypes: readonly VatType[],
): number | null {
  const taxAt = (rate: number): number => (isGross ? sum - sum / (1 + rate / 100) : (sum * rate) / 100);
  const rates = new Set(vatTypes.map(({ value }) => value));
  const fitting = [...rates].filter((rate) => Math.abs(taxAt(rate) - tax) <= 1);
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/**
 * Turns an order that stands on a page into a document with the same total, to the cent.
 *
 * Lines without a rate of their own get the one rate that makes the order's tax. Where the page says too little, or
 * contradicts itself, there is no document: a person has to decide.
 *
 * @param day `YYYY-MM-DD`
 * @throws Failure `document-refused` with `fields`: `currency` · `line: <description>` · `vat` · `vat: <line>` · `total`
 */
export function documentOf(
  order: PageOrder,
  client: Pick<Client, 'id' | 'name'>,
  vatTypes: readonly VatType[],
  { subject, day }: { subject: string; day: string },
): Omit<Draft, 'type'> {
  const refuse = (...fields: string[]): Failure => new Failure('document-refused', { fields });
  if (order.currency !== null && order.currency !== 'EUR') throw refuse('currency');
  const lines = order.lines.map((line) => {
    const cents = lineCents(line);
    if (cents === null) throw refuse(`line: ${line.description.slice(0, 60)}`);
    return { line, cents };
  });
  const sum = lines.reduce((all, { cents }) => all + cents, 0);
  const isGross = hasVat(order, sum);
  const tax = order.tax === null ? null : Math.round(order.tax / perCent);
  const whole = tax === null ? null : rateOfWhole(sum, tax, isGross, vatTypes);
  const priced = lines.map(({ line, cents }) => {
    const rate = line.vatRate ?? whole;
    const type = rate === null ? null : typeOf(rate, vatTypes);
    if (type === null) throw refuse(`vat: ${line.description.slice(0, 60)}`);
    return { line, cents, type };
  });
  const total = totalOf(priced, isGross);
  if (order.total !== null && Math.round(order.total / perCent) !== total) throw refuse('total');
  return {
    entity: { id: client.id, name: client.name ?? '' },
    date: day,
    currency: { id: 'EUR' },
    subject,
    ...(isGross ? { use_gross_prices: true } : {}),
    items_list: priced.map((one) => itemOf(one, isGross)),
    payments_list: [{ amount: total / 100, due_date: day, status: 'not_paid' }],
  };
}

/** With its quantity where the unit price is in whole cents and multiplies exactly; else all of it as one. */
function itemOf(
  { line: { description, quantity }, cents, type }: { line: OrderLine; cents: number; type: VatType },
  isGross: boolean,
): DocumentLine {
  const unit = cents / quantity;
  const isExact = Number.isInteger(unit) && Number.isInteger(quantity);
  const price = isExact ? unit / 100 : cents / 100;
  return {
    name: isExact || quantity === 1 ? description : `${quantity} × ${description}`,
    qty: isExact ? quantity : 1,
    ...(isGross ? { gross_price: price } : { net_price: price }),
    vat: { id: type.id },
  };
}

/** As Fatture in Cloud adds up: the tax of each rate on the sum of its lines. */
function totalOf(lines: ReadonlyArray<{ cents: number; type: VatType }>, isGross: boolean): number {
  const sums = new Map<number, number>();
  for (const { cents, type } of lines) sums.set(type.value, (sums.get(type.value) ?? 0) + cents);
  return [...sums].reduce(
    (all, [rate, sum]) => all + sum + (isGross ? 0 : Math.round((sum * rate) / 100)),
    0,
  );
}
