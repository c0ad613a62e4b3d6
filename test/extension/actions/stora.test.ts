import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callOver } from '../../../extension/actions/call.ts';
import { createDeal } from '../../../extension/actions/stora.deal.create.ts';
import { createNote } from '../../../extension/actions/stora.note.create.ts';
import { createTask, listStaff } from '../../../extension/actions/stora.task.create.ts';
import { searchContacts } from '../../../extension/actions/stora.contact.find.ts';
import { createContact } from '../../../extension/actions/stora.contact.save.ts';
import { showContact } from '../../../extension/actions/stora.contact.show.ts';
import { showOperator } from '../../../extension/actions/stora.operator.show.ts';
import { findOrders } from '../../../extension/actions/stora.order.find.ts';
import { findProducts } from '../../../extension/actions/stora.product.find.ts';
import { findUnits } from '../../../extension/actions/stora.unit.find.ts';
import { settleIntents } from '../../../relay/writes/intents.ts';
import { actionsOf, scopesFor, type ActionId } from '../../../shared/actions.ts';
import { createGrant } from '../../../shared/api/grants.ts';
import { stora as description } from '../../../shared/providers/stora.ts';
import type { StoraSwitches } from '../../sandbox/stora/state.ts';
import { openWithStora } from '../../relay/with-stora.ts';
import { brokered, direct } from './transports.ts';

const timeline = {
  STAFFETTA_STORA_TIMELINE_SOURCE: 'tsrc_0123456789abcdef',
  STAFFETTA_STORA_TIMELINE_TEMPLATE: 'aetpl_0123456789abcdef',
};
const allScopes = scopesFor(description, actionsOf('stora'));

async function open(mode: 'brokered' | 'direct' = 'brokered', scopes = allScopes) {
  const world = await openWithStora({ environment: { ...timeline, STAFFETTA_STORA_ACCESS_MODE: mode } });
  // Windows of a second: this relay's clock goes with real time.
  const startedAt = performance.now();
  const began = world.relay.clock.now;
  Object.defineProperty(world.relay.clock, 'now', {
    get: () => began + Math.round(performance.now() - startedAt),
  });
  const installation = await world.relay.join();
  const connection = await world.connect(installation, scopes);
  const relayed = brokered(installation, connection);
  const params = { connectionId: connection.id };
  const own =
    mode === 'brokered'
      ? relayed
      : direct(world.stora.origin, (await installation.call(createGrant, { params, input: {} })).accessToken);
  // As `background/call.ts` has it: what must leave an event is written by the relay in both modes.
  const transport = {
    isBrokered: mode === 'brokered',
    send: (request: Parameters<typeof own.send>[0]) =>
      (request.method === 'GET' ? own : relayed).send(request),
  };
  const call = (id: ActionId) => callOver(transport, id, description, connection);
  const settle = (): Promise<number> => settleIntents(world.relay.deps);
  return { ...world, call, settle };
}

const newcomer = { full_name: 'Nadia Neri', email: 'nadia.neri@example.it', type: 'domestic' as const };

/** Everything our actions do, once; what comes of it must not depend on any switch. */
async function playAll({ call, settle, stora }: Awaited<ReturnType<typeof open>>): Promise<void> {
  expect(await showOperator(call('stora.operator.show'))).toBe('Depositi Adriatica S.r.l.');
  const [found] = await searchContacts(call('stora.contact.find'), 'Aurora Giardini');
  expect(found).toMatchObject({ full_name: 'Aurora Giardini S.r.l.', tax_id: 'IT12234567894' });
  const [byEmail] = await searchContacts(call('stora.contact.find'), 'giulia.verdi@example.it');
  expect(byEmail?.full_name).toBe('Giulia Verdi');
  const card = await showContact(call('stora.contact.show'), found?.id ?? '');
  expect(card).toMatchObject({
    units: [{ name: 'A01', site: 'Bologna Nord', until: null, billing: 'monthly', isCancelled: false }],
    openInvoices: [{ number: 'STO-0002', due: { amount: 13_078, currency: 'EUR' } }],
    balance: [{ amount: 13_078, currency: 'EUR' }],
  });
  const sites = await findUnits(call('stora.unit.find'));
  expect(sites.map(({ site }) => site).toSorted()).toEqual(['Ancona Porto', 'Bologna Nord', 'Rimini Fiera']);
  expect(sites[0]?.types[0]).toMatchObject({ free: 2, monthly: { currency: 'EUR' } });

  const products = await findProducts(call('stora.product.find'));
  expect(products).toMatchObject([{ name: 'Lucchetto', price: { amount: 1_900 } }]);
  const orders = await findOrders(call('stora.order.find'));
  expect(orders).toMatchObject([{ site: 'Bologna Nord', status: 'finalized' }]);

  const made = await createContact(call('stora.contact.save'), newcomer, randomUUID());
  expect(made.created).toBe(true);
  expect((await createContact(call('stora.contact.save'), newcomer, randomUUID())).created).toBe(false);
  const { id } = made.contact;
  await createNote(call('stora.note.create'), id, 'Ha chiamato', randomUUID());
  const [luca] = await listStaff(call('stora.task.create'));
  expect(luca?.name).toBe('Luca Neri');
  await createTask(
    call('stora.task.create'),
    id,
    { title: 'Richiamare', dueAt: null, assigneeId: luca?.id ?? null },
    randomUUID(),
  );
  await createDeal(call('stora.deal.create'), id, 'Box da 10', randomUUID());
  expect(stora.state.list('deals')[0]).toMatchObject({
    stage: { id: stora.state.list('deals/stages')[0]?.id },
  });
  await expect
    .poll(async () => {
      await settle();
      return stora.state
        .list('timeline/events')
        .map(({ description: said }) => said)
        .toSorted();
    })
    .toEqual([
      'Contact saved via Staffetta',
      'Deal opened via Staffetta',
      'Note added via Staffetta',
      'Task added via Staffetta',
    ]);
  for (const event of stora.state.list('timeline/events')) expect(event).toMatchObject({ contact: { id } });
}

describe('all actions, whatever is true of what the documents leave open', () => {
  const settings: Array<Partial<StoraSwitches>> = [
    {},
    { rotation: 'immediate' },
    { oauthErrors: 'enveloped' },
    { tokenInfoExpiry: 'seconds' },
    { unknownFields: true },
    { filtersInvoices: false },
    { retryAfter: true },
    { revocation: false, skipsConsent: true },
  ];
  it.for(settings)('%o', async (setting) => {
    const world = await open();
    Object.assign(world.stora.state.switches, setting);
    await playAll(world);
  });

  it('and where the team lets browsers read directly', async () => {
    const world = await open('direct');
    // The queue is the relay's: who reads directly has to be slow by themselves.
    world.stora.state.limits.perSecond = 1_000;
    await playAll(world);
  });
});

it('a stage that was deleted, and a contact without anything but its id, break nothing', async () => {
  const { call, stora } = await open();
  const bare = stora.state.add('contacts', 'con', { full_name: null, email: 'x@example.it' }, Date.now());
  stora.state.add(
    'unit_allocations',
    'alloc',
    { contact: { id: bare.id }, unit: null, tenancy: { name: 'deleted' } },
    Date.now(),
  );
  const card = await showContact(call('stora.contact.show'), bare.id);
  expect(card).toMatchObject({
    contact: { name: 'x@example.it' },
    units: [{ name: '', site: '' }],
    balance: [],
  });
});

it('two members who add the same person at once end with one record', async () => {
  const { call, stora } = await open();
  const both = await Promise.all([
    createContact(call('stora.contact.save'), newcomer, randomUUID()),
    createContact(call('stora.contact.save'), newcomer, randomUUID()),
  ]);
  expect(new Set(both.map(({ contact }) => contact.id)).size).toBe(1);
  expect(stora.state.list('contacts').filter(({ email }) => email === newcomer.email)).toHaveLength(1);
});

it('a lost answer and the same decision again: one record', async () => {
  const { call, stora } = await open();
  stora.faults.next('POST /2025-09/contacts', { loseAnswer: true });
  const key = randomUUID();
  await expect(createContact(call('stora.contact.save'), newcomer, key)).rejects.toMatchObject({
    code: 'outcome-unknown',
  });
  await createContact(call('stora.contact.save'), newcomer, key);
  expect(stora.state.list('contacts').filter(({ email }) => email === newcomer.email)).toHaveLength(1);
});

it.for([
  ['a scope that was not granted', ['public.contact:read'], 'stora.note.create', 'missing-scope'],
] as const)('%s is named before anything is sent', async ([, scopes, id, code]) => {
  const { call } = await open('brokered', [...scopes]);
  expect(() => call(id)).toThrow(expect.objectContaining({ code }) as Error);
});

it.for([
  [403, { error: { code: 'forbidden' } }, {}, { code: 'missing-permission' }],
  [401, { error: { code: 'invalid_token' } }, {}, { code: 'revoked' }],
  [404, { error: { code: 'resource_not_found' } }, {}, { code: 'not-found' }],
  [409, { error: { code: 'conflict' } }, {}, { code: 'provider-rejected-data' }],
  [422, { error: { code: 'invalid_content', details: [{ pointer: '#/email' }] } }, {}, { fields: ['email'] }],
  [
    429,
    { error: { code: 'too_many_requests' } },
    { 'Retry-After': '40' },
    { code: 'quota', retryAfterSeconds: 40 },
  ],
  [500, { error: { code: 'internal_server_error' } }, {}, { code: 'provider-down' }],
  [502, '<html>', {}, { code: 'provider-down' }],
] as const)('a refusal with %i has its own reason', async ([status, body, headers, reason]) => {
  const { call, stora } = await open();
  stora.faults.next('GET /2025-09/contacts', { status, body, headers });
  await expect(searchContacts(call('stora.contact.find'), 'Rossi')).rejects.toMatchObject(reason);
});
