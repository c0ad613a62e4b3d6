import type { ActionId } from '../../../shared/actions.ts';
import { Failure } from '../../../shared/failure.ts';
import type { Choice, WrittenDraft, WrittenKind } from '../../../shared/view/fatture-in-cloud.ts';
import { openConnection } from '../provider/account.ts';
import { deleteWritten, listWritten } from '../work/unsent-forms.ts';
import { emailForm } from './email.ts';
import { entityForm } from './entity.ts';
import { expenseForm } from './expense.ts';
import type { Form, Sent } from './form.ts';
import { receiptForm } from './receipt.ts';

const forms: Readonly<Record<WrittenKind, Form>> = {
  client: entityForm('client'),
  supplier: entityForm('supplier'),
  expense: expenseForm,
  receipt: receiptForm,
  email: emailForm,
};

/** What can be begun by itself, and the action it takes; an e-mail begins at a document. */
const begun = [
  ['client', 'fic.client.create'],
  ['supplier', 'fic.supplier.create'],
  ['expense', 'fic.expense.create'],
  ['receipt', 'fic.receipt.create'],
] as const satisfies ReadonlyArray<readonly [WrittenKind, ActionId]>;

/** The kinds of draft that the member may begin; without the relay the one that everybody has, which waits. */
export async function kindsToBegin(): Promise<WrittenKind[]> {
  const open = await openConnection('fatture-in-cloud').catch(() => null);
  return begun.flatMap(([kind, action]) => (kind === 'client' || open?.may(action) === true ? [kind] : []));
}

/**
 * Sends a draft, once for the whole team. It is forgotten when something came of it; where the same was there already, a
 * person decides.
 *
 * @throws Failure `draft-sent` after another window has sent or deleted it · `request-invalid` with the fields that cannot be sent as they are; the draft stays
 */
export async function sendWritten(id: string): Promise<Sent> {
  const draft = (await listWritten()).find((one) => one.id === id);
  if (draft === undefined) throw new Failure('draft-sent');
  const { kind, values } = draft;
  const sent = await forms[kind].send(values);
  if (sent.created) await deleteWritten(id);
  return sent;
}

/** The choices of a draft's fields. */
export async function choicesOf({ kind, values }: WrittenDraft): Promise<Record<string, Choice[]>> {
  return (await forms[kind].choices?.(values)) ?? {};
}
