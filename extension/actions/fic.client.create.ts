import type { Customer } from '../../shared/fact.ts';
import type { Call } from './action.ts';
import { createEntity, type CreatedClient } from './entity.ts';

/** Makes `customer` a client of the company, as `createEntity` does. */
export const createClient = (call: Call, companyId: number, customer: Customer): Promise<CreatedClient> =>
  createEntity(call, { companyId, kind: 'clients' }, customer);
