import { checkVatNumber } from '../../shared/api/vat-numbers.ts';
import { Failure } from '../../shared/failure.ts';
import { serve, type RelayApp } from '../http/endpoint.ts';
import { createVies } from '../vies.ts';

/** Asks VIES for members: their browsers need no permission for its site, and one answer serves the team. */
export function serveVatNumbers(app: RelayApp, viesUrl: string | null, now: () => number): void {
  const vies = viesUrl === null ? null : createVies(viesUrl, now);
  serve(app, checkVatNumber, async ({ input }) => {
    if (vies === null) throw new Failure('blocked-by-admin');
    return { standing: await vies.check(input.number) };
  });
}
