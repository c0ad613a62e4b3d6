import { z } from 'zod';
import { Failure } from '../../../shared/failure.ts';
import { createExpense, sameExpenses, type Attachment } from '../../actions/fic.expense.create.ts';
import { today } from '../../text.ts';
import { callForCompany } from '../account.ts';
import { writeOnce } from '../once.ts';
import { isSiteEnabled } from '../sites.ts';
import { saveWritten } from '../written.ts';
import { Cents, checked, type Form } from './form.ts';

/** Largest file that is taken over, in bytes. */
const fileMax = 20 * 1024 * 1024;

/** Longest time that a site may take to give it, in milliseconds. */
const fileTimeoutMs = 25_000;

const Values = z.object({
  supplier: z.string().max(200),
  number: z.string().max(60),
  date: z.iso.date(),
  net: Cents,
  tax: Cents,
  description: z.string().max(500).default(''),
  link: z.url({ protocol: /^https?$/ }).optional(),
});

/** A document that a supplier sent, with the PDF that a page links to. */
export const expenseForm: Form = {
  async send(values) {
    const { link, ...expense } = checked(Values, values);
    const { call, company } = await callForCompany('fic.expense.create');
    const { supplier, number, net, tax } = expense;
    const { created } = await writeOnce([company.id, 'expense', supplier, number, net + tax], {
      look: async () =>
        (await sameExpenses(call, company.id, expense)).length > 0 ? { created: false } : null,
      async make() {
        await createExpense(call, company.id, expense, link === undefined ? null : await readPdf(link));
        return { created: true };
      },
    });
    return { created, name: `${supplier} ${number}`, companyName: company.name };
  },
};

/** Begins an expense with the PDF that a page links to; it waits in the side panel. */
export const beginExpense = (link: string): Promise<void> =>
  saveWritten({
    id: crypto.randomUUID(),
    kind: 'expense',
    values: { link: link.slice(0, 2_000), date: today() },
  });

/**
 * The PDF that a page of an enabled site links to, read as the member who is logged in there.
 *
 * @throws Failure `site-not-allowed` · `request-invalid` with `link` where there is no PDF of a fair size
 */
async function readPdf(link: string): Promise<Attachment> {
  const url = new URL(link);
  if (!(await isSiteEnabled(url.origin))) throw new Failure('site-not-allowed');
  try {
    const response = await fetch(link, {
      credentials: 'include',
      signal: AbortSignal.timeout(fileTimeoutMs),
    });
    const file = response.ok ? await readUpTo(response, fileMax) : null;
    const isPdf = file !== null && (await file.slice(0, 5).text()) === '%PDF-';
    if (!isPdf) throw new Failure('request-invalid', { fields: ['link'] });
    return { name: nameOf(url), file };
  } catch (error) {
    throw error instanceof Failure
      ? error
      : new Failure('request-invalid', { fields: ['link'], cause: error });
  }
}

/** The body; null where it is larger than `most` bytes. It is not read further than that. */
async function readUpTo(response: Response, most: number): Promise<Blob | null> {
  const reader = response.body?.getReader();
  const parts: Array<Uint8Array<ArrayBuffer>> = [];
  let size = 0;
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) return new Blob(parts, { type: 'application/pdf' });
    size += part.value.length;
    if (size > most) {
      await reader?.cancel();
      return null;
    }
    parts.push(part.value);
  }
}

/** The file's name in the address, of harmless characters, with the extension that the provider asks for. */
function nameOf({ pathname }: URL): string {
  const last = /[^/]*$/.exec(pathname)?.[0] ?? '';
  const name = last.replace(/\.pdf$/i, '').replaceAll(/[^A-Za-z0-9_-]+/g, '-');
  return `${name.slice(0, 80) || 'documento'}.pdf`;
}
