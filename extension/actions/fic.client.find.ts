import { z } from 'zod';
import type { Customer } from '../../shared/fact.ts';
import { Client } from '../fatture-in-cloud/client.ts';
import { anyOf, condition } from '../fatture-in-cloud/filter.ts';
import type { Call } from './action.ts';

const OneClient = z.object({ data: Client });
const Clients = z.object({ data: z.array(Client).nullish() });

/** How many clients a search shows. */
const resultsMax = 10;

const list = async (call: Call, companyId: number, q: string): Promise<Client[]> => {
  const answer = await call({
    method: 'GET',
    path: `/c/${companyId}/entities/clients`,
    query: { q, per_page: String(resultsMax), sort: 'name' },
    schema: Clients,
  });
  return answer.data ?? [];
};

/** One client by id. */
export async function readClient(call: Call, companyId: number, clientId: number): Promise<Client> {
  const path = `/c/${companyId}/entities/clients/${clientId}` as const;
  return (await call({ method: 'GET', path, schema: OneClient })).data;
}

/** Clients whose name or e-mail contains `text`, or whose VAT number or tax code it is. */
export async function searchClients(call: Call, companyId: number, text: string): Promise<Client[]> {
  const number = text
    .replaceAll(/[\s.]/g, '')
    .replace(/^IT(?=\d{11}$)/i, '')
    .toUpperCase();
  const conditions = [condition('name', 'contains', text), condition('email', 'contains', text)];
  if (/^\d{5,11}$/.test(number)) conditions.push(condition('vat_number', 'contains', number));
  if (/^[A-Z0-9]{11,16}$/.test(number)) conditions.push(condition('tax_code', '=', number));
  return list(call, companyId, anyOf(conditions));
}

/**
 * The client record of a customer: by VAT number, else tax code, else e-mail, the surest first.
 *
 * Of several records with the same identifier it is the oldest, so that everybody who looks finds the same one. A
 * different client with the same name is not the customer; a customer without identifier is not looked for.
 *
 * @returns null where the company has no such client
 */
export async function findClient(call: Call, companyId: number, customer: Customer): Promise<Client | null> {
  const identifiers = [
    ['vat_number', customer.vatNumber ?? customer.euVatNumber],
    ['tax_code', customer.taxCode],
    ['email', customer.email],
  ] as const;
  for (const [field, value] of identifiers) {
    if (value === undefined) continue;
    const found = await list(call, companyId, condition(field, '=', value));
    const [oldest] = found.toSorted((a, b) => a.id - b.id);
    if (oldest !== undefined) return oldest;
  }
  return null;
}
