import { z } from 'zod';
import type { ActionId } from '../../shared/actions.ts';
import { Failure } from '../../shared/failure.ts';
import type { Call } from './action.ts';

/**
 * For each action a call that changes nothing and is refused where the action would be. A write is tried with a record
 * that lacks what every record must have: who may write is told what is missing, who may not is refused before that.
 *
 * That the provider looks at permissions before it looks at the data is not documented; the sandbox does.
 */
const probes: Readonly<Partial<Record<ActionId, (call: Call, companyId: number) => Promise<unknown>>>> = {
  'fic.company.list': (call) => call({ method: 'GET', path: '/user/companies', schema: z.unknown() }),
  'fic.client.find': (call, companyId) =>
    call({
      method: 'GET',
      path: `/c/${companyId}/entities/clients`,
      query: { per_page: '1' },
      schema: z.unknown(),
    }),
  'fic.client.create': (call, companyId) =>
    call({
      method: 'POST',
      path: `/c/${companyId}/entities/clients`,
      body: { data: {} },
      schema: z.unknown(),
    }).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'provider-rejected-data') throw error;
    }),
};

/** Tries an action without doing it; rejects with the reason for which it would not work. */
export async function probe(id: ActionId, call: Call, companyId: number): Promise<void> {
  await probes[id]?.(call, companyId);
}
