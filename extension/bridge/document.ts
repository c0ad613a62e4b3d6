import type { DocumentType } from '../../shared/view/fatture-in-cloud.ts';

/** One line of a document. Prices in units of the currency, net or gross as the document has them. */
export interface DocumentLine {
  name: string;
  qty: number;
  net_price?: number;
  gross_price?: number;
  vat: { id: number };
}

/** A document as Fatture in Cloud takes it. Amounts in units of the currency. */
export interface Draft {
  type: DocumentType;
  entity: { id: number; name: string };
  /** `YYYY-MM-DD`. */
  date: string;
  currency: { id: string };
  /** Names what it was made from; by this it is found again. */
  subject: string;
  /** Its series of numbers, where it is not the usual one. */
  numeration?: string;
  /** Whether it is electronic, and how it is paid, by the exchange's code. */
  e_invoice?: true;
  ei_data?: { payment_method: string };
  /** Whether the lines have gross prices; net ones unless told. */
  use_gross_prices?: boolean;
  items_list: DocumentLine[];
  payments_list: Array<{ amount: number; due_date: string; status: 'not_paid' }>;
}
