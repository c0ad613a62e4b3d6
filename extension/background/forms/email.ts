import { z } from 'zod';
import { Failure } from '../../../shared/failure.ts';
import type { WrittenDraft } from '../../../shared/view/fatture-in-cloud.ts';
import { proposeEmail, sameEmails, sendDocument, type Email } from '../../actions/fic.document.send.ts';
import { callForCompany } from '../provider/account.ts';
import { writeOnce } from '../provider/exactly-once.ts';
import { saveWritten } from '../work/unsent-forms.ts';
import { Again, checked, type Form } from './form.ts';

const Values = z.object({
  documentId: z.coerce.number().pipe(z.int().positive()),
  document: z.string(),
  recipient: z.email().max(200),
  sender: z.coerce.number().pipe(z.int()),
  subject: z.string().max(200),
  body: z.string(),
  attachesPdf: z.enum(['yes', 'no']).default('yes'),
  again: Again,
});

/** A document by e-mail. The same words to the same person go twice only if a person says so. */
export const emailForm: Form = {
  async choices({ documentId }) {
    const { call, company } = await callForCompany('fic.document.send');
    const { senders } = await proposeEmail(call, company.id, Number(documentId));
    return { sender: senders.map(({ id, email }) => ({ value: String(id), label: email })) };
  },
  async send(values) {
    const { documentId, document, recipient, sender, subject, body, attachesPdf, again } = checked(
      Values,
      values,
    );
    const email: Email = { recipient, senderId: sender, subject, body, attachesPdf: attachesPdf === 'yes' };
    const { call, company } = await callForCompany('fic.document.send');
    const { created } = await writeOnce([company.id, 'e-mail', documentId, email, again], {
      look: async () => ((await sameEmails(call, company.id, email)) > again ? { created: false } : null),
      async make() {
        if (await sendDocument(call, company.id, documentId, email)) return { created: true };
        throw new Failure('request-invalid', { fields: ['body'] });
      },
    });
    return { created, name: `${document} → ${recipient}`, companyName: company.name };
  },
};

/** Begins an e-mail with what Fatture in Cloud proposes; it waits in the side panel. */
export async function beginEmail(documentId: number, document: string): Promise<WrittenDraft> {
  const { call, company } = await callForCompany('fic.document.send');
  const { recipient, senders, subject, body } = await proposeEmail(call, company.id, documentId);
  const draft: WrittenDraft = {
    id: crypto.randomUUID(),
    kind: 'email',
    values: {
      documentId: String(documentId),
      document,
      recipient,
      sender: String(senders[0]?.id ?? ''),
      subject,
      body: body.slice(0, 20_000),
      attachesPdf: 'yes',
    },
    // Of a document of the company's own, wherever it was looked at.
    isPrivate: false,
  };
  await saveWritten(draft);
  return draft;
}
