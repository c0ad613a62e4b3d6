import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Deps } from '../deps.ts';
import type { Installation } from '../store/installations.ts';

/** Values that the relay's Hono context carries. */
export interface RelayEnv {
  Variables: { deps: Deps; requestId: string; address: string; caller: Partial<Installation> };
  Bindings: Partial<HttpBindings>;
}

/** The relay's Hono application. */
export type RelayApp = Hono<RelayEnv>;
