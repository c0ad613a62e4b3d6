import { z } from 'zod';
import { actionIds, noticeActionOf, type ActionId } from '../../../shared/actions.ts';
import { FailureReport, reportOf } from '../../../shared/failure.ts';
import { probe } from '../../actions/probes.ts';
import { slot } from '../../storage.ts';
import { callForCompany, readProvider } from './account.ts';
import { readActionsOn } from './actions.ts';
import { readStanding } from './team.ts';

const Access = z.object({
  connectionId: z.string(),
  companyId: z.int(),
  found: z.array(z.object({ id: z.enum(actionIds), failure: FailureReport.nullable() })),
});

/** What the last look found. */
const access = slot('session', 'access', Access, 'team');

/** What works, as it was found out for this connection and company; null where nobody has looked. */
export async function readAccess(connectionId: string, companyId: number) {
  const known = await access.read();
  return known?.connectionId === connectionId && known.companyId === companyId ? known.found : null;
}

/** Tries every action that is on, without doing it. */
export async function checkAccess(): Promise<void> {
  const provider = await readProvider('fatture-in-cloud');
  if (provider === null) return;
  const { connection, company } = await callForCompany('fic.company.list');
  const found: Array<{ id: ActionId; failure: FailureReport | null }> = [];
  // One after the other: a refusal that needs further questions must not use up the provider's patience.
  const tried = (await readActionsOn(provider, (await readStanding()).policy)).filter(
    (id) => id !== noticeActionOf(provider.id),
  );
  for (const id of tried) {
    const failure = await callForCompany(id)
      .then(({ call }) => probe(id, call, company.id))
      .then(() => null, reportOf);
    found.push({ id, failure });
  }
  await access.write({ connectionId: connection.id, companyId: company.id, found });
}

/** Forgets what was found. */
export const forgetAccess = (): Promise<void> => access.clear();
