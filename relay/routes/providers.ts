import { listProviders } from '../../shared/api/providers.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';

/** Tells the extension which providers this relay can connect to, and where their APIs are. */
export function serveProviders(app: RelayApp): void {
  serve(app, listProviders, async ({ deps }) => ({
    providers: [...deps.config.providers.values()].map(
      ({ provider, credentials, methods, scopes, notices }) => ({
        id: provider.id,
        name: provider.name,
        origin: provider.origin,
        accessMode: provider.accessMode,
        methods: [...methods],
        clientId: credentials?.clientId ?? null,
        notices: [...notices],
        scopes: [...scopes],
      }),
    ),
  }));
}
