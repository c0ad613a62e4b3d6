import { checkVatNumber } from '../../shared/api/vat-numbers.ts';
import { Failure } from '../../shared/failure.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';

/** Asks VIES for members: their browsers need no permission for its site, and one answer serves the team. */
export function serveVatNumbers(app: RelayApp): void {
  serve(app, checkVatNumber, async ({ input, deps: { vies } }) => {
    if (vies === null) throw new Failure('blocked-by-admin');
    return { standing: await vies.check(input.number) };
  });
}
