import type { RelayApp } from '../http/env.ts';

/**
 * `/health`: the process answers. `/ready`: its database can be written, the audit log with it, and it is not about to
 * end. Neither says more than that.
 */
export function serveHealth(app: RelayApp): void {
  app.get('/health', (c) => c.json({ status: 'ok' }));
  app.get('/ready', async (c) => {
    const { deps, address } = c.var;
    deps.limits.take('anonymous', address);
    if (deps.isStopping()) return c.json({ status: 'stopping' }, 503);
    try {
      // Changes nothing, but only where something could be changed.
      await deps.store.run('UPDATE audit_head SET sequence = sequence WHERE id = 1');
      return c.json({ status: 'ready' });
    } catch (error) {
      deps.log.error({ err: error }, 'not ready');
      return c.json({ status: 'unavailable' }, 503);
    }
  });
}
