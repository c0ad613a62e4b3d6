import { z } from 'zod';
import { Failure } from '../../../shared/failure.ts';
import {
  createReceipt,
  readReceiptChoices,
  sameReceipts,
  type NewReceipt,
} from '../../actions/fic.receipt.create.ts';
import { callForCompany } from '../provider/account.ts';
import { writeOnce } from '../provider/exactly-once.ts';
import { Again, Cents, checked, type Form } from './form.ts';

const Values = z.object({
  date: z.iso.date(),
  type: z.enum(['till_receipt', 'sales_receipt']),
  gross: Cents,
  vat: z.coerce.number(),
  account: z.coerce.number(),
  description: z.string().max(500).default(''),
  again: Again,
});

/** Takings of a day. Two that say the same are two only if a person says so. */
export const receiptForm: Form = {
  async choices() {
    const { call, company } = await callForCompany('fic.receipt.create');
    const { vatTypes, accounts } = await readReceiptChoices(call, company.id);
    return {
      vat: vatTypes.map(({ id, value }) => ({ value: String(id), label: `${value} %` })),
      account: accounts.map(({ id, name }) => ({ value: String(id), label: name })),
    };
  },
  async send(values) {
    const { again, vat, account, ...rest } = checked(Values, values);
    const { call, company } = await callForCompany('fic.receipt.create');
    const { vatTypes, accounts } = await readReceiptChoices(call, company.id);
    const vatType = vatTypes.find(({ id }) => id === vat);
    if (vatType === undefined) throw new Failure('request-invalid', { fields: ['vat'] });
    const chosen = accounts.find(({ id }) => id === account);
    if (chosen === undefined) throw new Failure('request-invalid', { fields: ['account'] });
    const receipt: NewReceipt = { ...rest, vat: vatType, account: chosen };
    const { created, name } = await writeOnce([company.id, 'receipt', { ...rest, again }], {
      async look() {
        const same = await sameReceipts(call, company.id, receipt);
        return same.length > again ? { created: false, name: same.at(-1) ?? '' } : null;
      },
      make: async () => ({ created: true, name: await createReceipt(call, company.id, receipt) }),
    });
    return { created, name, companyName: company.name };
  },
};
