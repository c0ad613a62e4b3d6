import type { Customer } from '../../shared/fact.ts';
import type { Call } from '../actions/action.ts';
import { createClient, type CreatedClient } from '../actions/fic.client.create.ts';
import { findClient } from '../actions/fic.client.find.ts';
import { writeOnce } from './once.ts';

/** Makes `customer` a client of the company, once for the whole team: from a page, the popup or a batch alike. */
export function addClient(call: Call, companyId: number, customer: Customer): Promise<CreatedClient> {
  const identity = customer.vatNumber ?? customer.taxCode ?? customer.euVatNumber ?? customer.email;
  // Nobody could be found by name alone: two of one name may be two people.
  if (identity === undefined) return createClient(call, companyId, customer);
  return writeOnce([companyId, 'client', identity], {
    async look() {
      const client = await findClient(call, companyId, customer);
      return client === null ? null : { client, created: false };
    },
    make: () => createClient(call, companyId, customer),
  });
}
