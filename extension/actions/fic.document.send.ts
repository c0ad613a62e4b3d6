import { z } from 'zod';
import type { Call } from './action.ts';

const Proposal = z.object({
  data: z.object({
    recipient_email: z.string().nullish(),
    default_sender_email: z.object({ id: z.int().nullish(), email: z.string().nullish() }).nullish(),
    sender_emails_list: z
      .array(z.object({ id: z.int(), email: z.string() }))
      .nullish()
      .catch([]),
    subject: z.string().nullish(),
    body: z.string().nullish(),
  }),
});

const Sent = z.object({
  last_page: z.int().nullish(),
  data: z
    .array(
      z.object({
        to_email: z.string().nullish(),
        subject: z.string().nullish(),
        content: z.string().nullish(),
        sent_date: z.string().nullish(),
      }),
    )
    .nullish(),
});

/** What Fatture in Cloud would write itself. */
export interface EmailProposal {
  recipient: string;
  /** Addresses it may come from, the usual one first. */
  senders: Array<{ id: number; email: string }>;
  subject: string;
  /** Plain text. */
  body: string;
}

/** An e-mail as it is sent. */
export interface Email {
  recipient: string;
  senderId: number;
  subject: string;
  /** Plain text. */
  body: string;
  attachesPdf: boolean;
}

/** Largest body that the provider takes, in bytes of HTML. */
const bodyMax = 50 * 1024;

/** What Fatture in Cloud proposes to write with a document. */
export async function proposeEmail(
  call: Call,
  companyId: number,
  documentId: number,
): Promise<EmailProposal> {
  const path = `/c/${companyId}/issued_documents/${documentId}/email` as const;
  const { data } = await call({ method: 'GET', path, schema: Proposal });
  const usual = data.default_sender_email?.id ?? null;
  const senders = (data.sender_emails_list ?? []).toSorted(
    (a, b) => Number(b.id === usual) - Number(a.id === usual),
  );
  return {
    recipient: data.recipient_email ?? '',
    senders,
    subject: data.subject ?? '',
    body: plainOf(data.body ?? ''),
  };
}

/** How many of those that were sent last are this very e-mail. */
export async function sameEmails(call: Call, companyId: number, email: Email): Promise<number> {
  const read = (page: number) =>
    call({
      method: 'GET',
      path: `/c/${companyId}/emails`,
      query: { per_page: '100', page: String(page) },
      schema: Sent,
    });
  const first = await read(1);
  // In which order they come is not documented: the newest are at one end or at the other.
  const last = first.last_page ?? 1;
  const sent = [first, ...(last > 1 ? [await read(last)] : [])].flatMap(({ data }) => data ?? []);
  const same = (text: string | null | undefined): string => plainOf(text ?? '').replaceAll(/\s+/g, ' ');
  return sent.filter(
    ({ to_email, subject, content }) =>
      to_email === email.recipient && subject === email.subject && same(content) === same(htmlOf(email.body)),
  ).length;
}

/**
 * Sends a document by e-mail.
 *
 * @returns false where the text is longer than the provider takes; then nothing was sent
 */
export async function sendDocument(
  call: Call,
  companyId: number,
  documentId: number,
  email: Email,
): Promise<boolean> {
  const body = htmlOf(email.body);
  if (new TextEncoder().encode(body).length > bodyMax) return false;
  await call({
    method: 'POST',
    path: `/c/${companyId}/issued_documents/${documentId}/email`,
    body: {
      data: {
        sender_id: email.senderId,
        recipient_email: email.recipient,
        subject: email.subject,
        body,
        include: { document: true, delivery_note: false, attachment: false, accompanying_invoice: false },
        attach_pdf: email.attachesPdf,
        send_copy: false,
      },
    },
    schema: z.unknown(),
  });
  return true;
}

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
  '&amp;': '&',
};

/** HTML as a person edits it: line ends for breaks, no tags. */
function plainOf(html: string): string {
  return html
    .replaceAll(/<br\s*\/?>|<\/p>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:lt|gt|quot|#39|nbsp|amp);/g, (entity) => entities[entity] ?? entity);
}

/** Text as HTML that shows exactly it. */
function htmlOf(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replaceAll(/\r?\n/g, '<br>');
}
