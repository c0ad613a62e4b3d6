import { z } from 'zod';
import { createExpense, sameExpenses } from '../../actions/fic.expense.create.ts';
import { today } from '../../text.ts';
import { callForCompany } from '../provider/account.ts';
import { writeOnce } from '../provider/exactly-once.ts';
import { readPdf } from '../work/pdf.ts';
import { saveWritten } from '../work/unsent-forms.ts';
import { Cents, checked, type Form } from './form.ts';

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
export const beginExpense = (link: string, isPrivate: boolean): Promise<void> =>
  saveWritten({
    id: crypto.randomUUID(),
    kind: 'expense',
    values: { link: link.slice(0, 2_000), date: today() },
    isPrivate,
  });
