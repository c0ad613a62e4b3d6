import type { Hono } from 'hono';
import { z } from 'zod';
import { documentOf } from './documents.ts';
import { apiError, page, validationError, type ApiOptions, type Entry } from './entry.ts';

const senders = [
  { id: 0, email: 'no-reply@fattureincloud.example.it' },
  { id: 888, email: 'amministrazione@aurora.example.it' },
];

const NewEmail = z.object({
  data: z
    .object({
      sender_id: z.int().nullish(),
      sender_email: z.string().nullish(),
      recipient_email: z.string().min(3),
      subject: z.string().min(1),
      body: z.string().max(50 * 1024),
      attach_pdf: z.boolean().nullish(),
    })
    .refine(({ sender_id, sender_email }) => sender_id != null || sender_email != null),
});

/** Mounts sending documents by e-mail, and the list of what was sent. */
export function mountEmails(app: Hono, { state, now }: ApiOptions, { enter }: Entry): void {
  const path = '/c/:company/issued_documents/:document/email';
  /** The published document asks no more than reading for both. */
  const scopeOf = (id: string): string =>
    `issued_documents.${state.documents.find((document) => document.id === Number(id))?.type ?? 'invoice'}s:r`;

  app.get(path, (c) => {
    const id = c.req.param('document');
    const entered = enter(c, scopeOf(id));
    if (entered instanceof Response) return entered;
    const document = documentOf(state, entered.companyId, id);
    if (document === undefined) return apiError(c, 404, 'Risorsa non trovata.');
    const client = state.clientsOf(entered.companyId).find((one) => one.id === document.entity.id);
    const data = {
      recipient_email: typeof client?.['email'] === 'string' ? client['email'] : '',
      default_sender_email: senders[0],
      sender_emails_list: senders,
      cc_email: 'amministrazione@aurora.example.it',
      subject: `Nostro documento nr. ${document.number}`,
      body: `Gentile ${document.entity.name},<br>per vedere il documento prema sul bottone.<br><br>{{allegati}}<br><br>Cordiali saluti`,
      document_exists: true,
      delivery_note_exists: false,
      attachment_exists: false,
      accompanying_invoice_exists: false,
      default_attach_pdf: true,
    };
    return c.json({ data }, 200, entered.headers);
  });

  app.post(path, async (c) => {
    const id = c.req.param('document');
    const entered = enter(c, scopeOf(id));
    if (entered instanceof Response) return entered;
    const document = documentOf(state, entered.companyId, id);
    if (document === undefined) return apiError(c, 404, 'Risorsa non trovata.');
    const body = NewEmail.safeParse(await c.req.json().catch(() => null));
    if (!body.success)
      return validationError(c, 'data.recipient_email', 'The recipient_email field is required.');
    const { recipient_email, subject, body: content, attach_pdf } = body.data.data;
    state.emails.push({
      companyId: entered.companyId,
      documentId: document.id,
      id: state.emails.length + 1,
      to_email: recipient_email,
      subject,
      content,
      sent_date: new Date(now()).toISOString().slice(0, 19).replace('T', ' '),
      attachesPdf: attach_pdf === true,
    });
    return c.json({}, 200, entered.headers);
  });

  app.get('/c/:company/emails', (c) => {
    const entered = enter(c, 'emails:r');
    if (entered instanceof Response) return entered;
    const own = state.emails.filter(({ companyId }) => companyId === entered.companyId).toReversed();
    const data = own.map(({ id, to_email, subject, content, sent_date }) => ({
      id,
      to_email,
      subject,
      content,
      sent_date,
      status: 'sent',
      recipient_status: 'unknown',
    }));
    return c.json(page(c, data, 'emails'), 200, entered.headers);
  });
}
