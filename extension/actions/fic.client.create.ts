import { z } from 'zod';
import type { Customer } from '../../shared/fact.ts';
import { Client, newClientOf } from '../fatture-in-cloud/client.ts';
import type { Call } from './action.ts';
import { findClient } from './fic.client.find.ts';

const Created = z.object({ data: Client });

/** A client, and whether this call made it. */
export interface CreatedClient {
  client: Client;
  created: boolean;
}

/**
 * Makes `customer` a client of the company, so that in the end there is exactly one record of it.
 *
 * Fatture in Cloud has no idempotency, and Chromium by itself sends a POST again when a kept connection breaks before
 * the answer. So: look first; create; look again. If an older record is there by then (the first of two sends, or a
 * colleague's in the same second), the record that this call made is taken back and the older one counts. Two callers
 * that do this at once end with the same one.
 *
 * @throws Failure `outcome-unknown` where the answer was lost: call again, it looks first
 */
export async function createClient(
  call: Call,
  companyId: number,
  customer: Customer,
): Promise<CreatedClient> {
  const existing = await findClient(call, companyId, customer);
  if (existing !== null) return { client: existing, created: false };
  const path = `/c/${companyId}/entities/clients` as const;
  const { data: made } = await call({
    method: 'POST',
    path,
    body: { data: newClientOf(customer) },
    schema: Created,
  });
  // The client exists: a failure from here on must not say that it does not.
  const oldest = await findClient(call, companyId, customer).catch(() => null);
  if (oldest === null || oldest.id >= made.id) return { client: made, created: true };
  await call({ method: 'DELETE', path: `${path}/${made.id}`, schema: z.unknown() }).catch(() => undefined);
  return { client: oldest, created: true };
}
