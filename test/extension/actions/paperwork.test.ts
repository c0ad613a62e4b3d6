import { describe, expect, it } from 'vitest';
import { listVatTypes } from '../../../extension/actions/document.ts';
import { readEntity } from '../../../extension/actions/entity.ts';
import { updateClient } from '../../../extension/actions/fic.client.update.ts';
import { createDeliveryNote } from '../../../extension/actions/fic.delivery_note.create.ts';
import { convertDocument, findConverted } from '../../../extension/actions/fic.document.convert.ts';
import { findDocuments } from '../../../extension/actions/fic.document.find.ts';
import { proposeEmail, sameEmails, sendDocument } from '../../../extension/actions/fic.document.send.ts';
import { checkEInvoice, readSent, sendEInvoice } from '../../../extension/actions/fic.einvoice.send.ts';
import { createExpense, sameExpenses } from '../../../extension/actions/fic.expense.create.ts';
import { createInvoice, readInvoiceDefaults } from '../../../extension/actions/fic.invoice.create.ts';
import { findProducts } from '../../../extension/actions/fic.product.find.ts';
import { createQuote } from '../../../extension/actions/fic.quote.create.ts';
import {
  createReceipt,
  readReceiptChoices,
  sameReceipts,
} from '../../../extension/actions/fic.receipt.create.ts';
import { createSupplier } from '../../../extension/actions/fic.supplier.create.ts';
import { searchSuppliers } from '../../../extension/actions/fic.supplier.find.ts';
import { updateSupplier } from '../../../extension/actions/fic.supplier.update.ts';
import { actionOf, type ActionId } from '../../../shared/actions.ts';
import { loadOpenApi } from '../../conformance/openapi.ts';
import { companyId, modes, open, type Mode } from './modes.ts';

const judge = await loadOpenApi();
if (judge === null) console.log('notice: the OpenAPI document is not here, the calls were not validated');

/** Connected with what these actions need and no more. */
async function openFor(mode: Mode, ...ids: ActionId[]) {
  const scopes = [...new Set(ids.flatMap((id) => actionOf(id).scopes))];
  return open(mode, 'demo@example.it', scopes);
}

type World = Awaited<ReturnType<typeof open>>;

/** What went over the wire is what the published document says. */
function judged({ sandbox }: World): void {
  const calls = sandbox.exchanges.filter(({ path }) => path.startsWith('/c/'));
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.flatMap((exchange) => judge?.checkExchange(exchange) ?? [])).toEqual([]);
}

async function quoteIn({ call, sandbox }: World, subject: string) {
  const [client] = sandbox.state.clientsOf(companyId);
  const entity = { id: client?.id ?? 0, name: client?.name ?? '' };
  const create = call('fic.quote.create');
  const [vat] = await listVatTypes(create, companyId);
  const { document } = await createQuote(create, companyId, {
    entity,
    date: '2026-11-02',
    currency: { id: 'EUR' },
    subject,
    items_list: [{ name: 'Tavolo', qty: 2, net_price: 50, vat: { id: vat?.id ?? 0 } }],
    payments_list: [{ amount: 122, due_date: '2026-11-30', status: 'not_paid' }],
  });
  return { entity, document };
}

describe.for(modes)('suppliers, products, takings and expenses %s', (mode) => {
  it('a supplier is found by any number it has, made once, and changed in one field only', async () => {
    const world = await openFor(mode, 'fic.supplier.find', 'fic.supplier.create', 'fic.supplier.update');
    const { call, sandbox } = world;
    const found = await searchSuppliers(call('fic.supplier.find'), companyId, '23234567891');
    expect(found.map(({ name }) => name)).toEqual(['Legnami Valsugana S.r.l.']);
    const supplier = { name: 'Vernici Po S.r.l.', type: 'company' as const, vatNumber: '12345678903' };
    const first = await createSupplier(call('fic.supplier.create'), companyId, supplier);
    const second = await createSupplier(call('fic.supplier.create'), companyId, supplier);
    expect([first.created, second.created, second.client.id]).toEqual([true, false, first.client.id]);
    await updateSupplier(call('fic.supplier.update'), companyId, first.client, { phone: '0425 11223' });
    expect(sandbox.state.entitiesOf('suppliers', companyId).at(-1)).toMatchObject({
      vat_number: '12345678903',
      phone: '0425 11223',
    });
    judged(world);
  });

  it('a client is changed where it was asked to be, and nowhere else', async () => {
    const world = await openFor(mode, 'fic.client.update');
    const [client] = world.sandbox.state.clientsOf(companyId);
    const id = client?.id ?? 0;
    const call = world.call('fic.client.update');
    await updateClient(
      call,
      companyId,
      { id, name: client?.name },
      { certified_email: 'posta@pec.example.it' },
    );
    const after = await readEntity(world.call('fic.client.find'), { companyId, kind: 'clients' }, id);
    expect(after).toMatchObject({ email: client?.['email'], certified_email: 'posta@pec.example.it' });
    judged(world);
  });

  it('a product says its price and how many are there; one that is not counted says nothing', async () => {
    const world = await openFor(mode, 'fic.product.find');
    const call = world.call('fic.product.find');
    expect(await findProducts(call, companyId, 'TAV')).toMatchObject([
      { name: 'Tavolo di rovere', net: 48_000, gross: 58_560, rate: 22, stock: 7 },
    ]);
    expect(await findProducts(call, companyId, 'sedia')).toMatchObject([{ stock: 0 }]);
    expect(await findProducts(call, companyId, 'posa')).toMatchObject([{ stock: null }]);
    judged(world);
  });

  it('takings are recorded to the cent, and the same ones are seen', async () => {
    const world = await openFor(mode, 'fic.receipt.create');
    const call = world.call('fic.receipt.create');
    const { vatTypes, accounts } = await readReceiptChoices(call, companyId);
    const vat = vatTypes.find(({ value }) => value === 22);
    if (vat === undefined) throw new Error('no VAT type');
    const receipt = {
      date: '2026-11-20',
      type: 'till_receipt' as const,
      gross: 9_999,
      vat,
      account: accounts[0] ?? { id: 0, name: '' },
      description: '',
    };
    expect(await sameReceipts(call, companyId, receipt)).toEqual([]);
    const number = await createReceipt(call, companyId, receipt);
    expect(await sameReceipts(call, companyId, receipt)).toEqual([number]);
    expect(await sameReceipts(call, companyId, { ...receipt, gross: 9_998 })).toEqual([]);
    expect(world.sandbox.state.receipts).toMatchObject([{ amount_gross: 99.99, amount_net: 81.96 }]);
    judged(world);
  });

  it('an expense carries its PDF, byte for byte, and is there once', async () => {
    const world = await openFor(mode, 'fic.expense.create');
    const call = world.call('fic.expense.create');
    const expense = {
      supplier: "Legnami d'Oltre",
      number: 'F/17',
      date: '2026-11-19',
      net: 10_000,
      tax: 2_200,
      description: 'Assi',
    };
    const bytes = Uint8Array.from([...Buffer.from('%PDF-1.7'), 0, 255, 13, 10, 128]);
    const file = new Blob([bytes], { type: 'application/pdf' });
    await createExpense(call, companyId, expense, { name: 'F-17.pdf', file });
    expect(await sameExpenses(call, companyId, expense)).toHaveLength(1);
    expect(await sameExpenses(call, companyId, { ...expense, number: 'F/18' })).toEqual([]);
    // A supplier of many years: the one that counts is the oldest.
    const { expenses } = world.sandbox.state;
    const [first] = expenses;
    if (first === undefined) throw new Error('no expense');
    while (expenses.length < 130) {
      expenses.push({ ...first, id: 9_000 + expenses.length, invoice_number: `G/${expenses.length}` });
    }
    expect(await sameExpenses(call, companyId, { ...expense, number: 'G/129' })).toEqual([9_129]);
    expenses.splice(1);
    const [[, kept] = []] = [...world.sandbox.state.attachments];
    expect(kept?.name).toBe('F-17.pdf');
    expect(Buffer.from(kept?.bytes ?? []).equals(Buffer.from(bytes))).toBe(true);
    expect(world.sandbox.state.expenses).toMatchObject([
      { amount_gross: 122, attachment_url: expect.stringContaining('F-17.pdf') as string },
    ]);
    judged(world);
  });
});

describe.for(modes)('documents %s', (mode) => {
  it('a quote becomes an order and an invoice, each once, with the same sum; the quote stays', async () => {
    const world = await openFor(mode, 'fic.quote.create', 'fic.document.find', 'fic.document.convert');
    const { call, sandbox } = world;
    const { entity, document } = await quoteIn(world, 'Restauro');
    const convert = call('fic.document.convert');
    const conversion = {
      documentId: document.id,
      to: 'order' as const,
      day: '2026-11-21',
    };
    expect(await findConverted(convert, companyId, conversion)).toBeNull();
    const order = await convertDocument(convert, companyId, conversion);
    const again = await convertDocument(convert, companyId, conversion);
    expect([order.created, again.created, again.document.id]).toEqual([true, false, order.document.id]);
    await convertDocument(convert, companyId, {
      ...conversion,
      documentId: order.document.id,
      to: 'invoice',
    });
    const documents = await findDocuments(call('fic.document.find'), companyId, entity);
    expect(documents.map(({ type, gross }) => [type, gross])).toEqual([
      ['invoice', 12_200],
      ['order', 12_200],
      ['quote', 12_200],
    ]);
    expect(sandbox.state.documents.find(({ type }) => type === 'invoice')).toMatchObject({
      date: '2026-11-21',
      e_invoice: true,
      ei_status: 'not_sent',
      // The company's own: neither the quote nor the order said one.
      ei_data: { payment_method: 'MP12' },
    });
    judged(world);
  });

  it('a client’s oldest quote of hundreds is found, so that it is not made again; of more than can be read none is made', async () => {
    const world = await openFor(mode, 'fic.quote.create');
    const { document } = await quoteIn(world, 'Impianto');
    const { documents } = world.sandbox.state;
    const [oldest] = documents;
    if (oldest === undefined) throw new Error('no quote');
    const addUpTo = (count: number): void => {
      while (documents.length < count) {
        const number = documents.length + 1;
        documents.push({ ...oldest, id: 10_000 + number, number, date: '2026-11-20', subject: `${number}` });
      }
    };
    addUpTo(250);
    const again = await quoteIn(world, 'Impianto');
    expect([again.document.id, documents.length]).toEqual([document.id, 250]);
    addUpTo(1_001);
    await expect(quoteIn(world, 'Impianto')).rejects.toThrow('too-many-records');
    await expect(quoteIn(world, 'Un altro')).rejects.toThrow('too-many-records');
    expect(documents).toHaveLength(1_001);
    judged(world);
  });

  it('two quotes under one heading become two orders: neither is taken for the other’s', async () => {
    const world = await openFor(mode, 'fic.quote.create', 'fic.document.convert');
    const first = await quoteIn(world, 'Consulenza');
    const [original] = world.sandbox.state.documents;
    if (original === undefined) throw new Error('no quote');
    world.sandbox.state.documents.push({ ...original, id: 9_999, number: 2 });
    const to = { to: 'order' as const, day: '2026-11-21' };
    const convert = world.call('fic.document.convert');
    const one = await convertDocument(convert, companyId, { ...to, documentId: first.document.id });
    const two = await convertDocument(convert, companyId, { ...to, documentId: 9_999 });
    expect([one.created, two.created]).toEqual([true, true]);
    expect(two.document.id).not.toBe(one.document.id);
  });

  it('an order of a page that was invoiced through its quote is not invoiced a second time', async () => {
    const world = await openFor(mode, 'fic.quote.create', 'fic.document.convert', 'fic.invoice.create');
    const { entity, document } = await quoteIn(world, '812 · shop.example.it');
    await convertDocument(world.call('fic.document.convert'), companyId, {
      documentId: document.id,
      to: 'invoice',
      day: '2026-11-21',
    });
    const invoice = world.call('fic.invoice.create');
    const draft = {
      entity,
      date: '2026-11-21',
      currency: { id: 'EUR' },
      subject: '812 · shop.example.it',
      items_list: [{ name: 'Tavolo', qty: 2, net_price: 50, vat: { id: 0 } }],
      payments_list: [{ amount: 122, due_date: '2026-11-30', status: 'not_paid' as const }],
    };
    const direct = await createInvoice(invoice, companyId, draft, { numeration: '', paymentMethod: 'MP05' });
    expect(direct.created).toBe(false);
  });

  it('an invoice takes the company’s way to be paid and the series that was chosen; a delivery note needs neither', async () => {
    const world = await openFor(mode, 'fic.quote.create', 'fic.invoice.create', 'fic.delivery_note.create');
    const { entity } = await quoteIn(world, 'x');
    const call = world.call('fic.invoice.create');
    const year = String(new Date().getFullYear());
    expect(await readInvoiceDefaults(call, companyId, year)).toEqual({
      numerations: ['', 'WEB'],
      paymentMethod: 'MP12',
    });
    const draft = {
      entity,
      date: '2026-11-21',
      currency: { id: 'EUR' },
      subject: '813 · shop.example.it',
      items_list: [{ name: 'Sedia', qty: 1, gross_price: 61, vat: { id: 0 } }],
      use_gross_prices: true,
      payments_list: [{ amount: 61, due_date: '2026-11-21', status: 'not_paid' as const }],
    };
    await createInvoice(call, companyId, draft, { numeration: 'WEB', paymentMethod: 'MP05' });
    await createDeliveryNote(world.call('fic.delivery_note.create'), companyId, draft);
    expect(world.sandbox.state.documents.slice(1)).toMatchObject([
      { type: 'invoice', numeration: 'WEB', ei_data: { payment_method: 'MP05' } },
      { type: 'delivery_note', amount_gross: 61 },
    ]);
    judged(world);
  });

  it('an e-mail begins with what the provider proposes, goes as it was written, and is seen among the sent, however many', async () => {
    const world = await openFor(mode, 'fic.quote.create', 'fic.document.send');
    const { document } = await quoteIn(world, 'x');
    const call = world.call('fic.document.send');
    const proposed = await proposeEmail(call, companyId, document.id);
    expect(proposed.recipient).toContain('@');
    expect(proposed.body).toContain('\n');
    expect(proposed.body).not.toContain('<br>');
    const email = {
      recipient: 'ufficio@example.it',
      senderId: proposed.senders[0]?.id ?? 0,
      subject: 'Il preventivo <2>',
      body: 'Buongiorno,\n<b>non</b> è grassetto & basta',
      attachesPdf: true,
    };
    expect(await sameEmails(call, companyId, email)).toBe(0);
    expect(await sendDocument(call, companyId, document.id, email)).toBe(true);
    expect(await sameEmails(call, companyId, email)).toBe(1);
    expect(await sameEmails(call, companyId, { ...email, body: 'altro' })).toBe(0);
    expect(world.sandbox.state.emails).toMatchObject([
      { content: 'Buongiorno,<br>&lt;b&gt;non&lt;/b&gt; è grassetto &amp; basta', attachesPdf: true },
    ]);
    const long = { ...email, body: '&'.repeat(20_000) };
    expect(await sendDocument(call, companyId, document.id, long)).toBe(false);
    expect(world.sandbox.state.emails).toHaveLength(1);
    // Among hundreds, whichever end of the list is the newest.
    const { emails } = world.sandbox.state;
    const [ours] = emails;
    if (ours === undefined) throw new Error('no e-mail');
    const others = Array.from({ length: 250 }, (_, index) => ({ ...ours, id: index + 2, subject: 'x' }));
    for (const list of [
      [...others, ours],
      [ours, ...others],
    ]) {
      emails.splice(0, Infinity, ...list);
      expect(await sameEmails(call, companyId, email)).toBe(1);
    }
    judged(world);
  });

  it('an invoice that the exchange would throw out says why; mended it goes, once, and is known to have gone', async () => {
    const world = await openFor(mode, 'fic.quote.create', 'fic.document.convert', 'fic.einvoice.send');
    const { document } = await quoteIn(world, 'x');
    const { document: invoice } = await convertDocument(world.call('fic.document.convert'), companyId, {
      documentId: document.id,
      to: 'invoice',
      day: '2026-11-21',
    });
    const call = world.call('fic.einvoice.send');
    expect(await checkEInvoice(call, companyId, invoice.id)).toMatchObject({
      canSend: false,
      errors: ['Manca il codice destinatario o la PEC del cliente.'],
    });
    expect(await readSent(call, companyId, invoice.id)).toBeNull();
    const [client] = world.sandbox.state.clientsOf(companyId);
    if (client !== undefined) client['ei_code'] = 'M5UXCR1';
    expect(await checkEInvoice(call, companyId, invoice.id)).toMatchObject({ canSend: true, errors: [] });
    await sendEInvoice(call, companyId, invoice.id);
    expect(await readSent(call, companyId, invoice.id)).toBe('sent');
    expect(await checkEInvoice(call, companyId, invoice.id)).toMatchObject({
      canSend: false,
      status: 'sent',
    });
    // The exchange throws it out: the reason is told, and it may go again.
    const stored = world.sandbox.state.documents.find(({ id }) => id === invoice.id);
    if (stored !== undefined) stored.ei_status = 'discarded';
    const check = await checkEInvoice(call, companyId, invoice.id);
    expect(check).toMatchObject({ canSend: true, status: 'discarded' });
    expect(check.reason).toContain('partita IVA');
    judged(world);
  });
});
