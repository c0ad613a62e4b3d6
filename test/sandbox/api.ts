import type { Hono } from 'hono';
import { mountCompany } from './company.ts';
import { mountDocuments } from './documents.ts';
import { mountEInvoices } from './e-invoices.ts';
import { mountEmails } from './emails.ts';
import { mountEntities } from './entities.ts';
import { apiError, createEntry, type ApiOptions } from './entry.ts';
import { mountExpenses } from './expenses.ts';
import { mountProducts } from './products.ts';
import { mountReceipts } from './receipts.ts';
import { mountSubscriptions } from './subscriptions.ts';

/** Mounts the parts of the API that the product uses. */
export function mountApi(app: Hono, options: ApiOptions): void {
  const entry = createEntry(options);
  mountCompany(app, options, entry);
  mountEntities(app, options, entry, 'clients');
  mountEntities(app, options, entry, 'suppliers');
  mountDocuments(app, options, entry);
  mountEmails(app, options, entry);
  mountEInvoices(app, options, entry);
  mountExpenses(app, options, entry);
  mountReceipts(app, options, entry);
  mountProducts(app, options, entry);
  mountSubscriptions(app, options, entry);
  for (const path of new Set(app.routes.map((route) => route.path))) {
    if (path.startsWith('/c/') || path.startsWith('/user/')) {
      app.all(path, (c) => apiError(c, 405, 'Metodo non consentito.'));
    }
  }
  app.notFound((c) => apiError(c, 404, 'Risorsa non trovata.'));
}
