import { describe, expect, it } from 'vitest';
import { createClient } from '../../../extension/actions/fic.client.create.ts';
import { findClient, searchClients } from '../../../extension/actions/fic.client.find.ts';
import { listVatTypes } from '../../../extension/actions/document.ts';
import { createProforma } from '../../../extension/actions/fic.proforma.create.ts';
import type { Draft } from '../../../extension/bridge/document.ts';
import { listCompanies } from '../../../extension/actions/fic.company.list.ts';
import { Failure } from '../../../shared/failure.ts';
import { companyId, modes, open } from './modes.ts';

const customer = { name: "Cartoleria D'Amico", type: 'company' as const, vatNumber: '12345678903' };

describe.for(modes)('actions do the same %s', (mode) => {
  it('who is connected, and their companies without the tokens that the provider sends along', async () => {
    const { call, sandbox } = await open(mode);
    const account = await listCompanies(call('fic.company.list'));
    expect(account).toMatchObject({ name: 'Mario Rossi', companies: [{ id: 101 }, { id: 102 }] });
    const text = JSON.stringify(account);
    for (const { accessToken } of sandbox.state.companies) expect(text).not.toContain(accessToken);
  });

  it('finding, with every character a name can have', async () => {
    const { call } = await open(mode);
    const found = await searchClients(call('fic.client.find'), companyId, "D'Este");
    expect(found.map(({ name }) => name)).toEqual(["Cartoleria D'Este S.a.s."]);
  });

  it('creating, once', async () => {
    const { call, sandbox } = await open(mode);
    const before = sandbox.state.clientsOf(companyId).length;
    const first = await createClient(call('fic.client.create'), companyId, customer);
    const second = await createClient(call('fic.client.create'), companyId, customer);
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.client.id).toBe(first.client.id);
    expect(sandbox.state.clientsOf(companyId)).toHaveLength(before + 1);
  });

  it('a sub-user without the right hears which one the administrator has to give', async () => {
    const { call } = await open(mode, 'operatore@example.it');
    const refused = findClient(call('fic.client.find'), companyId, customer);
    await expect(refused).rejects.toMatchObject({ code: 'missing-permission', scopes: ['entity.clients:r'] });
  });

  it('a full plan is called one', async () => {
    const { call, sandbox } = await open(mode);
    sandbox.state.limits.planClients = sandbox.state.clientsOf(companyId).length;
    const refused = createClient(call('fic.client.create'), companyId, customer);
    await expect(refused).rejects.toMatchObject({ code: 'plan-limit' });
  });

  it('an expired licence, a used-up quota and a company that was not given', async () => {
    const expired = await open(mode, 'scaduta@example.it');
    await expect(searchClients(expired.call('fic.client.find'), 401, 'Rossi')).rejects.toMatchObject({
      code: 'licence-expired',
    });
    const { call, sandbox } = await open(mode);
    await expect(searchClients(call('fic.client.find'), 301, 'Rossi')).rejects.toMatchObject({
      code: 'company-not-granted',
    });
    sandbox.state.limits.hourlyCalls = 0;
    const refusal = await searchClients(call('fic.client.find'), companyId, 'Rossi').catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(Failure);
    expect(refusal).toMatchObject({ code: 'quota', retryAfterSeconds: expect.any(Number) as number });
  });

  it('a write whose answer is lost is called unknown, and a look afterwards finds what it made', async () => {
    const { call, sandbox } = await open(mode);
    sandbox.faults.next(`POST /c/${companyId}/entities/clients`, { truncate: true });
    const lost = createClient(call('fic.client.create'), companyId, customer);
    await expect(lost).rejects.toMatchObject({ code: 'outcome-unknown' });
    const again = await createClient(call('fic.client.create'), companyId, customer);
    expect(again.created).toBe(false);
  });
});

describe.for(modes)('a draft %s', (mode) => {
  const draft: Draft = {
    type: 'proforma',
    entity: { id: 5001, name: "Cartoleria D'Este S.a.s." },
    date: '2026-11-01',
    currency: { id: 'EUR' },
    subject: 'Stora STO-1',
    items_list: [{ name: 'Box', qty: 1, net_price: 99, vat: { id: 0 } }],
    payments_list: [{ amount: 120.78, due_date: '2026-11-01', status: 'not_paid' }],
  };
  const scopes = ['issued_documents.proformas:a', 'settings:r'];

  it('is made once, however often it is asked for and whatever gets lost', async () => {
    const { call, sandbox } = await open(mode, 'demo@example.it', scopes);
    expect(await listVatTypes(call('fic.proforma.create'), companyId)).toContainEqual({ id: 0, value: 22 });
    sandbox.faults.next(`POST /c/${companyId}/issued_documents`, { truncate: true });
    const lost = createProforma(call('fic.proforma.create'), companyId, draft);
    await expect(lost).rejects.toMatchObject({ code: 'outcome-unknown' });
    const again = await createProforma(call('fic.proforma.create'), companyId, draft);
    expect(again.created).toBe(false);
    sandbox.state.documents.length = 0;
    sandbox.faults.next(`POST /c/${companyId}/issued_documents`, { duplicate: true });
    const made = await createProforma(call('fic.proforma.create'), companyId, draft);
    expect(made.created).toBe(true);
    expect(sandbox.state.documents.map(({ id }) => id)).toEqual([made.document.id]);
  });
});

it('a manual token without the right box ticked hears which permission is missing, and works once it is ticked', async () => {
  const { call, sandbox } = await open('brokered with a manual token', 'demo@example.it', ['products:r']);
  await expect(searchClients(call('fic.client.find'), companyId, 'Este')).rejects.toMatchObject({
    code: 'scope-not-ticked',
    scopes: ['entity.clients:r'],
  });
  for (const { authorization } of sandbox.state.issued) authorization.scopes = ['entity.clients:r'];
  expect(await searchClients(call('fic.client.find'), companyId, 'Este')).toHaveLength(1);
});
