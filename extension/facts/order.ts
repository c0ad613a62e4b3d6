import type { OrderLine, PageOrder } from '../../shared/fact.ts';
import { currencyIn, parseAmount } from './amount.ts';
import { lineOf } from './values.ts';

/** What a page writes of one line, as text. */
export interface WrittenLine {
  description: unknown;
  quantity?: unknown;
  unitPrice?: unknown;
  total?: unknown;
  vatRate?: unknown;
}

/** What a page writes of an order, as text. */
export interface WrittenOrder {
  number?: unknown;
  currency?: unknown;
  includesVat?: boolean | null;
  lines: readonly WrittenLine[];
  tax?: unknown;
  total?: unknown;
}

const linesMax = 200;

const amountOf = (value: unknown): number | null =>
  // A number is one of JSON: its point is always the decimal one.
  typeof value === 'number'
    ? Number.isFinite(value) && Math.abs(value) < 1e9
      ? Math.round(value * 100_000)
      : null
    : parseAmount(lineOf(value) ?? '');

/** A number as JSON-LD writes it, in a string or not; anything else as a page writes it for people. */
export const machineAmount = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : value;

function quantityOf(value: unknown): number | null {
  if (value === undefined || value === null) return 1;
  const amount = amountOf(typeof value === 'string' ? value.replace(/[x×]/gi, ' ') : value);
  return amount === null || amount <= 0 ? null : amount / 100_000;
}

function rateOf(value: unknown): number | null {
  const amount = value === undefined || value === null ? null : amountOf(value);
  return amount === null || amount < 0 || amount > 10_000_000 ? null : amount / 100_000;
}

/** An order as its page writes it; null where a line cannot be read: part of an order would be a wrong one. */
export function readOrder(written: WrittenOrder): PageOrder | null {
  const lines: OrderLine[] = [];
  for (const line of written.lines.slice(0, linesMax + 1)) {
    const description = lineOf(line.description);
    const quantity = quantityOf(line.quantity);
    const given = { unitPrice: line.unitPrice, total: line.total };
    const unitPrice = given.unitPrice == null ? null : amountOf(given.unitPrice);
    const total = given.total == null ? null : amountOf(given.total);
    if (description === null || quantity === null || (unitPrice === null && total === null)) return null;
    lines.push({ description, quantity, unitPrice, total, vatRate: rateOf(line.vatRate) });
  }
  if (lines.length === 0 || lines.length > linesMax) return null;
  const texts = [
    written.currency,
    written.total,
    ...written.lines.flatMap((one) => [one.unitPrice, one.total]),
  ];
  const currencies = new Set(texts.flatMap((text) => currencyIn(lineOf(text) ?? '') ?? []));
  return {
    number: lineOf(written.number)?.slice(0, 60) ?? null,
    // Of two currencies on one order neither is the one.
    currency: currencies.size === 1 ? ([...currencies][0] ?? null) : null,
    includesVat: written.includesVat ?? null,
    lines,
    tax: written.tax == null ? null : amountOf(written.tax),
    total: written.total == null ? null : amountOf(written.total),
  };
}
