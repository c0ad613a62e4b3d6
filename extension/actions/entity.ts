import { z } from 'zod';
import type { Customer } from '../../shared/fact.ts';
import { Client, newClientOf, type NewClient } from '../fatture-in-cloud/client.ts';
import { anyOf, condition } from '../fatture-in-cloud/filter.ts';
import type { Call } from './action.ts';

/** The clients or the suppliers of a company: the API keeps the same records for both. */
export interface Book {
  companyId: number;
  kind: 'clients' | 'suppliers';
}

/** A record, and whether this call made it. */
export interface CreatedClient {
  client: Client;
  created: boolean;
}

const One = z.object({ data: Client });
const Many = z.object({ data: z.array(Client).nullish() });

/** How many records a search shows. */
const resultsMax = 10;

const pathOf = ({ companyId, kind }: Book): `/c/${number}/entities/${Book['kind']}` =>
  `/c/${companyId}/entities/${kind}`;

const list = async (call: Call, book: Book, q: string): Promise<Client[]> => {
  const query = { q, per_page: String(resultsMax), sort: 'name' };
  return (await call({ method: 'GET', path: pathOf(book), query, schema: Many })).data ?? [];
};

/** One record by id. */
export async function readEntity(call: Call, book: Book, id: number): Promise<Client> {
  return (await call({ method: 'GET', path: `${pathOf(book)}/${id}`, schema: One })).data;
}

/** Records whose name or e-mail contains `text`, or whose VAT number or tax code it is. */
export async function searchEntities(call: Call, book: Book, text: string): Promise<Client[]> {
  const number = text
    .replaceAll(/[\s.]/g, '')
    .replace(/^IT(?=\d{11}$)/i, '')
    .toUpperCase();
  const conditions = [condition('name', 'contains', text), condition('email', 'contains', text)];
  if (/^\d{5,11}$/.test(number)) conditions.push(condition('vat_number', 'contains', number));
  if (/^[A-Z0-9]{11,16}$/.test(number)) conditions.push(condition('tax_code', '=', number));
  return list(call, book, anyOf(conditions));
}

/**
 * The record of a customer: by VAT number, else tax code, else e-mail, the surest first.
 *
 * Of several records with the same identifier it is the oldest, so that everybody who looks finds the same one. A
 * different one with the same name is not the customer; a customer without identifier is not looked for.
 *
 * @returns null where the company has no such record
 */
export async function findEntity(call: Call, book: Book, customer: Customer): Promise<Client | null> {
  const identifiers = [
    ['vat_number', customer.vatNumber ?? customer.euVatNumber],
    ['tax_code', customer.taxCode],
    ['email', customer.email],
  ] as const;
  for (const [field, value] of identifiers) {
    if (value === undefined) continue;
    const found = await list(call, book, condition(field, '=', value));
    const [oldest] = found.toSorted((a, b) => a.id - b.id);
    if (oldest !== undefined) return oldest;
  }
  return null;
}

/**
 * Makes `customer` a client or supplier of the company, so that in the end there is exactly one record of it.
 *
 * Fatture in Cloud has no idempotency, and Chromium by itself sends a POST again when a kept connection breaks before
 * the answer. So: look first; create; look again. If an older record is there by then (the first of two sends, or a
 * colleague's in the same second), the record that this call made is taken back and the older one counts. Two callers
 * that do this at once end with the same one.
 *
 * @throws Failure `outcome-unknown` where the answer was lost: call again, it looks first
 */
export async function createEntity(call: Call, book: Book, customer: Customer): Promise<CreatedClient> {
  const existing = await findEntity(call, book, customer);
  if (existing !== null) return { client: existing, created: false };
  const path = pathOf(book);
  const body = { data: newClientOf(customer) };
  const { data: made } = await call({ method: 'POST', path, body, schema: One });
  // The record exists: a failure from here on must not say that it does not.
  const oldest = await findEntity(call, book, customer).catch(() => null);
  if (oldest === null || oldest.id >= made.id) return { client: made, created: true };
  await call({ method: 'DELETE', path: `${path}/${made.id}`, schema: z.unknown() }).catch(() => undefined);
  return { client: oldest, created: true };
}

/** Changes these fields of a record and no others; the same again changes nothing more. The API wants a name in any case. */
export async function updateEntity(
  call: Call,
  book: Book,
  { id, name }: Pick<Client, 'id' | 'name'>,
  fields: Partial<NewClient>,
): Promise<Client> {
  const path = `${pathOf(book)}/${id}` as const;
  return (await call({ method: 'PUT', path, body: { data: { name, ...fields } }, schema: One })).data;
}
