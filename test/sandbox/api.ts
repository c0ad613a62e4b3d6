import type { Hono } from 'hono';
import { mountClients } from './clients.ts';
import { mountCompany } from './company.ts';
import { mountDocuments } from './documents.ts';
import { apiError, createEntry, type ApiOptions } from './entry.ts';
import { mountSubscriptions } from './subscriptions.ts';

/** Mounts the parts of the API that the product uses. */
export function mountApi(app: Hono, options: ApiOptions): void {
  const entry = createEntry(options);
  mountCompany(app, options, entry);
  mountClients(app, options, entry);
  mountDocuments(app, options, entry);
  mountSubscriptions(app, options, entry);
  for (const path of new Set(app.routes.map((route) => route.path))) {
    if (path.startsWith('/c/') || path.startsWith('/user/')) {
      app.all(path, (c) => apiError(c, 405, 'Metodo non consentito.'));
    }
  }
  app.notFound((c) => apiError(c, 404, 'Risorsa non trovata.'));
}
