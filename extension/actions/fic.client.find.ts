import type { Customer } from '../../shared/fact.ts';
import type { Client } from '../fatture-in-cloud/client.ts';
import type { Call } from './action.ts';
import { findEntity, readEntity, searchEntities } from './entity.ts';

const clients = (companyId: number) => ({ companyId, kind: 'clients' }) as const;

/** One client by id. */
export const readClient = (call: Call, companyId: number, id: number): Promise<Client> =>
  readEntity(call, clients(companyId), id);

/** Clients as `searchEntities` finds them. */
export const searchClients = (call: Call, companyId: number, text: string): Promise<Client[]> =>
  searchEntities(call, clients(companyId), text);

/** The client record of a customer, as `findEntity` finds it. */
export const findClient = (call: Call, companyId: number, customer: Customer): Promise<Client | null> =>
  findEntity(call, clients(companyId), customer);
