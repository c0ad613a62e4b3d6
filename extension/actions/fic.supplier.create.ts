import type { Customer } from '../../shared/fact.ts';
import type { Call } from './action.ts';
import { createEntity, type CreatedClient } from './entity.ts';

/** Makes somebody on a page a supplier of the company, as `createEntity` does. */
export const createSupplier = (call: Call, companyId: number, customer: Customer): Promise<CreatedClient> =>
  createEntity(call, { companyId, kind: 'suppliers' }, customer);
