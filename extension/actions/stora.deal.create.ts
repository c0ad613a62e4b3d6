import { z } from 'zod';
import { Stages } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/** Opens a deal with a contact at the first stage; `key` as in `createContact`. */
export async function createDeal(call: Call, contactId: string, name: string, key: string): Promise<void> {
  const { stages } = await call({ method: 'GET', path: '/2025-09/deals/stages', schema: Stages });
  const [first] = stages.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
  await call({
    method: 'POST',
    path: '/2025-09/deals',
    body: { name, contact: { id: contactId }, ...(first === undefined ? {} : { stage: { id: first.id } }) },
    key,
    schema: z.unknown(),
  });
}
