import { Failure } from '../../shared/failure.ts';
import { isDoctor, type Seen } from '../doctor/pass.ts';
import type { RelayApp } from '../http/env.ts';
import { headerOf, peerOf } from '../http/incoming.ts';

/** How much of a header is repeated, in characters. */
const headerMax = 500;

/**
 * Tells the administrator's `doctor` how its own request arrived here; nobody else is told that this exists.
 *
 * Whoever has the vault key can ask. The answer repeats what the caller and the proxies in between have written.
 */
export function serveDoctor(app: RelayApp): void {
  app.get('/doctor', (c) => {
    const { deps, address } = c.var;
    deps.limits.take('anonymous', address);
    if (!isDoctor(deps.vault, headerOf(c, 'authorization'), deps.now())) throw new Failure('not-found');
    return c.json({
      nowMs: deps.now(),
      peer: peerOf(c) ?? 'unknown',
      address,
      forwarded: (headerOf(c, 'x-forwarded-for') ?? headerOf(c, 'forwarded') ?? '').slice(0, headerMax),
    } satisfies Seen);
  });
}
