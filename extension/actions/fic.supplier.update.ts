import type { Client, NewClient } from '../fatture-in-cloud/client.ts';
import type { Call } from './action.ts';
import { updateEntity } from './entity.ts';

/** Changes these fields of a supplier and no others. */
export const updateSupplier = (
  call: Call,
  companyId: number,
  supplier: Pick<Client, 'id' | 'name'>,
  fields: Partial<NewClient>,
): Promise<Client> => updateEntity(call, { companyId, kind: 'suppliers' }, supplier, fields);
