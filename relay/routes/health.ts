import type { RelayApp } from '../endpoint.ts';

/** `/health`: the process answers. `/ready`: its database answers too. Neither says more than that. */
export function serveHealth(app: RelayApp): void {
  app.get('/health', (c) => c.json({ status: 'ok' }));
  app.get('/ready', async (c) => {
    const { deps } = c.var;
    try {
      await deps.store.get('SELECT 1');
      return c.json({ status: 'ready' });
    } catch (error) {
      deps.log.error({ err: error }, 'not ready');
      return c.json({ status: 'unavailable' }, 503);
    }
  });
}
