import type { Client, NewClient } from '../fatture-in-cloud/client.ts';
import type { Call } from './action.ts';
import { updateEntity } from './entity.ts';

/** Changes these fields of a client and no others. */
export const updateClient = (
  call: Call,
  companyId: number,
  client: Pick<Client, 'id' | 'name'>,
  fields: Partial<NewClient>,
): Promise<Client> => updateEntity(call, { companyId, kind: 'clients' }, client, fields);
