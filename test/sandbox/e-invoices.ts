import type { Hono } from 'hono';
import { documentOf } from './documents.ts';
import { apiError, validationError, type ApiOptions, type Entry } from './entry.ts';
import type { IssuedRecord } from './state.ts';

/** What may be sent (again): it was never sent, or the exchange has thrown it out. */
const sendable = new Set(['not_sent', 'missing', 'error', 'discarded', 'rejected']);

/** Mounts checking and sending electronic invoices. */
export function mountEInvoices(app: Hono, { state, now }: ApiOptions, { enter }: Entry): void {
  const path = '/c/:company/issued_documents/:document/e_invoice';

  /** What the exchange would find wrong. */
  const errorsOf = (document: IssuedRecord): string[] => {
    const client = state.clientsOf(document.companyId).find(({ id }) => id === document.entity.id);
    const has = (field: string): boolean => typeof client?.[field] === 'string' && client[field] !== '';
    return [
      ...(has('ei_code') || has('certified_email')
        ? []
        : ['Manca il codice destinatario o la PEC del cliente.']),
      ...(has('vat_number') || has('tax_code')
        ? []
        : ['Manca la partita IVA o il codice fiscale del cliente.']),
    ];
  };

  app.get(`${path}/xml_verify`, (c) => {
    const entered = enter(c, 'issued_documents.invoices:r');
    if (entered instanceof Response) return entered;
    const document = documentOf(state, entered.companyId, c.req.param('document'));
    if (document?.e_invoice !== true) return apiError(c, 404, 'Risorsa non trovata.');
    const errors = errorsOf(document);
    if (errors.length === 0) return c.json({ data: { success: true } }, 200, entered.headers);
    return apiError(c, 422, 'Invalid request.', { validation_result: { xml_errors: errors } });
  });

  app.post(`${path}/send`, async (c) => {
    const entered = enter(c, 'issued_documents.invoices:a');
    if (entered instanceof Response) return entered;
    const document = documentOf(state, entered.companyId, c.req.param('document'));
    if (document?.e_invoice !== true) return apiError(c, 404, 'Risorsa non trovata.');
    if (!sendable.has(document.ei_status ?? '')) {
      return validationError(c, 'document', 'La fattura è già stata inviata.');
    }
    const errors = errorsOf(document);
    if (errors.length > 0) {
      return apiError(c, 422, 'Invalid request.', { validation_result: { xml_errors: errors } });
    }
    const body = (await c.req.json().catch(() => null)) as { options?: { dry_run?: boolean } } | null;
    const isDry = body?.options?.dry_run === true;
    if (!isDry) {
      document.ei_status = 'sent';
      state.eInvoicesSent.push(document.id);
    }
    const date = new Date(now()).toISOString().slice(0, 19).replace('T', ' ');
    return c.json({ data: { name: isDry ? 'OK' : 'CARICATO', date } }, 200, entered.headers);
  });

  app.get(`${path}/error_reason`, (c) => {
    const entered = enter(c, 'issued_documents.invoices:r');
    if (entered instanceof Response) return entered;
    const document = documentOf(state, entered.companyId, c.req.param('document'));
    if (document?.e_invoice !== true) return apiError(c, 404, 'Risorsa non trovata.');
    const data = {
      reason: 'La partita IVA del cliente non esiste.',
      solution: 'Correggi il cliente e invia di nuovo.',
      ei_status: document.ei_status ?? 'not_sent',
      date: '2026-11-01',
    };
    return c.json({ data }, 200, entered.headers);
  });
}
