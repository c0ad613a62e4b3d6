import { z } from 'zod';
import { EiStatus, type ClientCard } from '../../shared/view/fatture-in-cloud.ts';
import { condition } from '../fatture-in-cloud/filter.ts';
import type { Call } from './action.ts';

/** Invoices that are looked through: the newest. */
const invoicesMax = 100;

/** Invoices that are shown beside the ones that are to be paid. */
const shownMax = 5;

const Payment = z.object({
  amount: z.number().nullish(),
  due_date: z.string().nullish(),
  status: z.string().nullish(),
});
const Invoices = z.object({
  data: z
    .array(
      z.object({
        id: z.int(),
        number: z.number().nullish(),
        date: z.string().nullish(),
        amount_gross: z.number().nullish(),
        entity: z.object({ id: z.int().nullish() }).nullish(),
        payments_list: z.array(Payment).nullish(),
        // One that is new to us is told as none.
        ei_status: EiStatus.nullish().catch(null),
      }),
    )
    .nullish(),
});

const cents = (amount: number | null | undefined): number => Math.round((amount ?? 0) * 100);

/**
 * What a client has been invoiced: the newest invoices and every open one, what is open, and what of it is overdue.
 *
 * @param today `YYYY-MM-DD`; what was due before is overdue
 */
export async function showClient(
  call: Call,
  companyId: number,
  client: { id: number; name: string },
  today: string,
): Promise<ClientCard> {
  const { data } = await call({
    method: 'GET',
    path: `/c/${companyId}/issued_documents`,
    query: {
      type: 'invoice',
      q: condition('entity.name', '=', client.name),
      sort: '-date',
      per_page: String(invoicesMax),
      // Payments stand in the detailed form of a list alone.
      fieldset: 'detailed',
    },
    schema: Invoices,
  });
  const own = (data ?? [])
    .filter(({ entity }) => entity?.id === client.id)
    .map((invoice) => {
      const unpaid = (invoice.payments_list ?? []).filter(({ status }) => status === 'not_paid');
      const late = unpaid.filter(({ due_date }) => (due_date ?? today) < today);
      const sum = (payments: typeof unpaid): number =>
        payments.reduce((all, { amount }) => all + cents(amount), 0);
      return {
        id: invoice.id,
        number: String(invoice.number ?? ''),
        date: invoice.date ?? '',
        gross: cents(invoice.amount_gross),
        due: sum(unpaid),
        overdue: sum(late),
        eiStatus: invoice.ei_status ?? null,
      };
    });
  return {
    invoices: own.filter(({ due }, index) => due > 0 || index < shownMax),
    due: own.reduce((all, { due }) => all + due, 0),
    overdue: own.reduce((all, { overdue }) => all + overdue, 0),
  };
}
