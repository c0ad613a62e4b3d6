import type { ActionId } from '../../../shared/actions.ts';
import type { Customer } from '../../../shared/fact.ts';
import type { Role } from '../../../shared/view/fatture-in-cloud.ts';
import type { Call } from '../../actions/action.ts';
import type { CreatedClient } from '../../actions/entity.ts';
import { createClient } from '../../actions/fic.client.create.ts';
import { findClient } from '../../actions/fic.client.find.ts';
import { updateClient } from '../../actions/fic.client.update.ts';
import { createSupplier } from '../../actions/fic.supplier.create.ts';
import { findSupplier } from '../../actions/fic.supplier.find.ts';
import { updateSupplier } from '../../actions/fic.supplier.update.ts';
import { writeOnce } from '../provider/exactly-once.ts';

/** What can be done with clients, and the same with suppliers. */
export const roles = {
  client: {
    actions: { find: 'fic.client.find', create: 'fic.client.create', update: 'fic.client.update' },
    find: findClient,
    create: createClient,
    update: updateClient,
  },
  supplier: {
    actions: { find: 'fic.supplier.find', create: 'fic.supplier.create', update: 'fic.supplier.update' },
    find: findSupplier,
    create: createSupplier,
    update: updateSupplier,
  },
} as const satisfies Record<
  Role,
  { actions: Record<'find' | 'create' | 'update', ActionId> } & Record<string, unknown>
>;

/** Makes `customer` a client or supplier of the company, once for the whole team: from a page, the popup or a batch alike. */
export function addEntity(
  role: Role,
  call: Call,
  companyId: number,
  customer: Customer,
): Promise<CreatedClient> {
  const { find, create } = roles[role];
  const identity = customer.vatNumber ?? customer.taxCode ?? customer.euVatNumber ?? customer.email;
  // Nobody could be found by name alone: two of one name may be two people.
  if (identity === undefined) return create(call, companyId, customer);
  return writeOnce([companyId, role, identity], {
    async look() {
      const client = await find(call, companyId, customer);
      return client === null ? null : { client, created: false };
    },
    make: () => create(call, companyId, customer),
  });
}
