import type { Customer } from '../../shared/fact.ts';
import type { Client } from '../fatture-in-cloud/client.ts';
import type { Call } from './action.ts';
import { findEntity, searchEntities } from './entity.ts';

/** Suppliers as `searchEntities` finds them. */
export const searchSuppliers = (call: Call, companyId: number, text: string): Promise<Client[]> =>
  searchEntities(call, { companyId, kind: 'suppliers' }, text);

/** The supplier record of somebody on a page, as `findEntity` finds it. */
export const findSupplier = (call: Call, companyId: number, customer: Customer): Promise<Client | null> =>
  findEntity(call, { companyId, kind: 'suppliers' }, customer);
