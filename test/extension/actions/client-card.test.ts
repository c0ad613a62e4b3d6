import { describe, expect, it } from 'vitest';
import { callOver } from '../../../extension/actions/call.ts';
import { showClient } from '../../../extension/actions/fic.client.show.ts';
import { fattureInCloud } from '../../../shared/providers/fatture-in-cloud.ts';
import { openSandboxed } from '../../relay/sandboxed.ts';
import { direct } from './transports.ts';

const client = { id: 5001, name: "Cartoleria D'Este" };
const invoice = (number: number, more: object = {}) => ({
  id: 9_000 + number,
  number,
  companyId: 101,
  type: 'invoice',
  date: `2026-10-0${number}`,
  entity: { id: client.id, name: client.name },
  amount_gross: 122,
  url: '',
  payments_list: [{ amount: 122, due_date: '2026-11-30', status: 'not_paid' }],
  ei_status: 'accepted',
  ...more,
});

async function open() {
  const { sandbox, relay, connectAs } = await openSandboxed();
  const scopes = ['issued_documents.invoices:r'];
  const member = await relay.join();
  const { connection, grant } = await connectAs(member, { email: 'demo@example.it', scopes });
  const call = callOver(
    direct(sandbox.origin, grant?.accessToken ?? ''),
    'fic.client.show',
    fattureInCloud,
    connection,
  );
  return { sandbox, show: () => showClient(call, 101, client, '2026-11-21') };
}

describe('what a client owes', () => {
  it('open and overdue sums are of this client alone, to the cent; a name alike with another id is somebody else', async () => {
    const { sandbox, show } = await open();
    const half = { amount: 60.1, due_date: '2026-11-01', status: 'not_paid' };
    sandbox.state.documents.push(
      invoice(1, { payments_list: [{ amount: 122, due_date: '2026-10-30', status: 'paid' }] }),
      invoice(2, {
        payments_list: [half, { ...half, amount: 61.9, due_date: '2026-12-01' }],
        ei_status: 'discarded',
      }),
      invoice(3, { entity: { id: 5002, name: client.name } }),
      invoice(4, { ei_status: 'a word of the future' }),
    );
    expect(await show()).toEqual({
      due: 24_400,
      overdue: 6_010,
      invoices: [
        expect.objectContaining({ number: '4', due: 12_200, overdue: 0, eiStatus: null }),
        expect.objectContaining({ number: '2', due: 12_200, overdue: 6_010, eiStatus: 'discarded' }),
        expect.objectContaining({ number: '1', due: 0, eiStatus: 'accepted' }),
      ],
    });
  });

  it('of many only the newest are shown, and every one that is open', async () => {
    const { sandbox, show } = await open();
    const paid = [{ amount: 122, due_date: '2026-10-30', status: 'paid' }];
    sandbox.state.documents.push(invoice(1));
    for (let index = 2; index <= 9; index += 1)
      sandbox.state.documents.push(invoice(index, { payments_list: paid }));
    expect((await show()).invoices.map(({ number }) => number)).toEqual(['9', '8', '7', '6', '5', '1']);
  });

  it('nobody invoiced is nothing owed', async () => {
    const { show } = await open();
    expect(await show()).toEqual({ invoices: [], due: 0, overdue: 0 });
  });
});
