import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { noticeBeatMs, NoticeLine, noticesPath, setNotices, type Notice } from '../../shared/api/notices.ts';
import { listProviders } from '../../shared/api/providers.ts';
import * as people from '../../shared/api/members.ts';
import { changePolicy } from '../../shared/api/policy.ts';
import { shareConnection } from '../../shared/api/team-connections.ts';
import { Policy } from '../../shared/policy.ts';
import { deleteConnection } from '../../shared/api/connections.ts';
import { forgetNotices } from '../../relay/webhooks/delivery.ts';
import { deliveriesOf } from '../sandbox/subscriptions.ts';
import type { Record_ } from '../sandbox/stora/state.ts';
import { storaDeliveriesOf, storaSignature } from '../sandbox/stora/webhooks.ts';
import { changeKey, type TestRelay } from './harness.ts';
import { Installation } from './installation.ts';
import { openSandboxed } from './sandboxed.ts';
import { openWithStora, type WithStora } from './with-stora.ts';

const scopes = ['public.webhook_endpoint:read', 'public.webhook_endpoint:write'];
const minuteMs = 60_000;
const publicUrl = 'https://relay.example.com';

async function openStream(installation: Installation, sinceMs = 0): Promise<Response> {
  const url = `${publicUrl}${noticesPath}?since=${sinceMs}`;
  const ask = () => installation.send({ method: 'GET', path: noticesPath }, { url });
  const first = await ask();
  // The nonce of before may have ended meanwhile.
  return first.status === 401 ? ask() : first;
}

/** Reads the stream until `count` notices have come, then goes. */
async function listen(installation: Installation, count: number, sinceMs = 0): Promise<Notice[]> {
  const response = await openStream(installation, sinceMs);
  expect(response.status).toBe(200);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const found: Notice[] = [];
  let text = '';
  while (found.length < count && reader !== undefined) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (text + value).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const parsed = NoticeLine.parse(JSON.parse(line));
      if ('notice' in parsed) found.push(parsed.notice);
    }
  }
  await reader?.cancel();
  return found;
}

async function openStora() {
  const world = await openWithStora({ environment: { STAFFETTA_STORA_SCOPES: scopes.join(' ') } });
  const member = await world.relay.join();
  const connection = await world.connect(member, scopes);
  const params = { connectionId: connection.id };
  const wish = (kinds: Notice['kind'][] = ['invoice-paid', 'task-assigned', 'booking-new']) =>
    member.call(setNotices, { params, input: { kinds, companyId: null } });
  const invoice = world.stora.state.list('invoices')[0] as Record_;
  const send = async (type = 'invoice.paid', record: Record_ = invoice) => {
    const deliveries = storaDeliveriesOf(world.stora.state, type, record, world.stora.clock.now());
    return Promise.all(deliveries.map(({ url, init }) => world.relay.fetch(url, init)));
  };
  return { ...world, member, params, wish, send, invoice };
}

const events = async (relay: TestRelay): Promise<string[]> =>
  (await relay.audit()).filter((event) => event.startsWith('webhook_'));

describe('webhooks of Stora', () => {
  it('an invoice that is paid reaches the member who wants to know, with its number and sum', async () => {
    const { wish, send, stora, member } = await openStora();
    await wish();
    expect(stora.state.list('webhook_endpoints')).toMatchObject([
      { status: 'enabled', event_types: ['invoice.paid', 'order.created', 'task.created', 'task.updated'] },
    ]);
    expect((await send()).map(({ status }) => status)).toEqual([204]);
    expect(await listen(member, 1)).toMatchObject([
      {
        providerId: 'stora',
        kind: 'invoice-paid',
        title: 'STO-0001',
        amount: { amount: 12_078, currency: 'EUR' },
      },
    ]);
  });

  it('bookings and tasks that somebody is to do are told; a task of nobody, and a kind that was not wished, are not', async () => {
    const { wish, send, stora, member } = await openStora();
    await wish(['booking-new', 'task-assigned']);
    const task = (fields: object): Record_ =>
      stora.state.add('tasks', 'task', { ...fields }, stora.clock.now());
    await send('task.created', task({ title: 'Nobody’s', assignee: null }));
    await send('invoice.paid');
    await send('task.updated', task({ title: 'Richiamare', assignee: { id: 'staff_1' }, status: 'open' }));
    await send('order.created', stora.state.list('orders')[0]);
    expect((await listen(member, 2)).map(({ kind, title }) => [kind, title])).toEqual([
      ['task-assigned', 'Richiamare'],
      ['booking-new', ''],
    ]);
  });

  it('a type of event that Stora does not know does not cost the one it documents', async () => {
    const { wish, stora } = await openStora();
    stora.state.eventTypes = new Set(['invoice.paid']);
    await wish();
    expect(stora.state.list('webhook_endpoints')).toMatchObject([{ event_types: ['invoice.paid'] }]);
  });

  test.for<[string, (world: Awaited<ReturnType<typeof openStora>>, init: RequestInit) => RequestInit]>([
    ['no signature', (_, init) => ({ ...init, headers: { 'Content-Type': 'application/json' } })],
    ['another secret', (world, init) => signed(world, init, 'f'.repeat(64), 0)],
    ['one byte altered', (_, init) => ({ ...init, body: String(init.body).replace('STO-0001', 'STO-0009') })],
    ['a signature of six minutes ago', (world, init) => signed(world, init, secretOf(world), -6 * minuteMs)],
    ['a signature of the future', (world, init) => signed(world, init, secretOf(world), 6 * minuteMs)],
    ['no event', (world, init) => signed(world, { ...init, body: '{"event":5}' }, secretOf(world), 0)],
    ['no JSON', (world, init) => signed(world, { ...init, body: 'hello' }, secretOf(world), 0)],
  ])('%s: refused, written down, told to nobody', async ([, change]) => {
    const world = await openStora();
    const { wish, stora, relay, invoice } = world;
    await wish();
    const [delivery] = storaDeliveriesOf(stora.state, 'invoice.paid', invoice, stora.clock.now());
    if (delivery === undefined) throw new Error('nobody wants it');
    const answer = await relay.fetch(delivery.url, change(world, delivery.init));
    expect(answer.status).toBe(403);
    expect(await events(relay)).toEqual(['webhook_refused']);
    expect(await relay.store.all('SELECT * FROM notices')).toEqual([]);
  });

  it('a delivery that comes again, at once or from somebody who has recorded it, is told once', async () => {
    const { wish, relay, stora, member, invoice, advance } = await openStora();
    await wish();
    const [delivery] = storaDeliveriesOf(stora.state, 'invoice.paid', invoice, stora.clock.now());
    if (delivery === undefined) throw new Error('nobody wants it');
    const again = () => relay.fetch(delivery.url, delivery.init);
    const statuses = (await Promise.all([again(), again(), again()])).map(({ status }) => status);
    expect(statuses).toEqual([204, 204, 204]);
    advance(4 * minuteMs);
    expect((await again()).status).toBe(204);
    advance(2 * minuteMs);
    expect((await again()).status).toBe(403);
    expect(await events(relay)).toEqual([
      'webhook_repeated',
      'webhook_repeated',
      'webhook_repeated',
      'webhook_refused',
    ]);
    expect(await listen(member, 1)).toHaveLength(1);
    expect(await relay.store.all('SELECT * FROM notices')).toHaveLength(1);
  });

  it('nothing of the signing secret is in clear in the database, the log or an answer; a new vault key seals it anew', async () => {
    const { wish, send, stora, relay, member } = await openStora();
    await wish();
    await send();
    const [secret = '-'] = stora.state.webhookSecrets.values();
    const kept = JSON.stringify([
      await relay.store.all('SELECT * FROM webhooks'),
      await relay.store.all('SELECT * FROM notices'),
      relay.log,
      relay.answers,
    ]);
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain('STO-0001');
    await changeKey(relay);
    expect((await send()).map(({ status }) => status)).toEqual([204]);
    expect(await listen(member, 2)).toHaveLength(2);
  });

  it('who wants nothing any more, or disconnects, is told nothing, and Stora stops sending', async () => {
    const { wish, stora, relay, member, params, connect } = await openStora();
    await wish();
    await wish([]);
    expect(stora.state.list('webhook_endpoints')).toMatchObject([{ status: 'disabled' }]);
    await wish();
    await member.call(deleteConnection, { params, input: {} });
    expect(stora.state.list('webhook_endpoints')).toMatchObject([
      { status: 'disabled' },
      { status: 'disabled' },
    ]);
    expect(await relay.store.all('SELECT * FROM webhooks')).toEqual([]);
    await connect(member, scopes);
  });

  it('with a member who is removed Stora stops sending, and its tokens are taken back', async () => {
    const { wish, stora, relay, member } = await openStora();
    await wish();
    const admin = await relay.join('Ada Neri', { role: 'admin' });
    const params = { memberId: await relay.memberOf(member) };
    const { connections } = await admin.call(people.removeMember, { params });
    expect(connections).toMatchObject([{ providerId: 'stora', revocation: 'revoked' }]);
    expect(stora.state.list('webhook_endpoints')).toMatchObject([{ status: 'disabled' }]);
    expect(await relay.store.all('SELECT * FROM webhooks')).toEqual([]);
  });

  it('with a provider that was taken out of the settings nothing can be ended there, and a member can still be removed', async () => {
    const { wish, relay, member } = await openStora();
    await wish();
    const admin = await relay.join('Ada Neri', { role: 'admin' });
    const params = { memberId: await relay.memberOf(member) };
    (relay.config.providers as Map<string, unknown>).delete('stora');
    const { connections } = await admin.call(people.removeMember, { params });
    expect(connections).toMatchObject([{ providerId: 'stora', revocation: 'unsupported' }]);
    expect(relay.log.join('')).toContain('a webhook is left behind');
    expect(await relay.store.all('SELECT * FROM webhooks')).toEqual([]);
  });

  it('who gives their connection to the team is told nothing more; who is refused goes on as before', async () => {
    const { stora, relay, connect } = await openStora();
    const [one, other] = [
      await relay.join('Ada', { role: 'admin' }),
      await relay.join('Bo', { role: 'admin' }),
    ];
    const params = { connectionId: (await connect(one, scopes)).id };
    const teams = { connectionId: (await connect(other, scopes)).id };
    const input = { sharedWith: 'everyone' as const };
    await other.call(shareConnection, { params: teams, input });
    await one.call(setNotices, { params, input: { kinds: ['invoice-paid'], companyId: null } });
    const statuses = () => stora.state.list('webhook_endpoints').map(({ status }) => status);
    expect((await one.refusal(shareConnection, { params, input })).code).toBe('team-has-one');
    expect(statuses()).toEqual(['enabled']);
    expect(await relay.store.all('SELECT * FROM notice_wishes')).toHaveLength(1);
    await other.call(deleteConnection, { params: teams, input: {} });
    await one.call(shareConnection, { params, input });
    expect(statuses()).toEqual(['disabled']);
    expect(await relay.store.all('SELECT * FROM notice_wishes')).toEqual([]);
  });

  it('a connection without the scope is told which is missing; nothing is left behind', async () => {
    const { relay, connect, stora } = await openStora();
    const other = await relay.join('Anna Bianchi');
    const connection = await connect(other, ['public.webhook_endpoint:read']);
    const refused = await other.refusal(setNotices, {
      params: { connectionId: connection.id },
      input: { kinds: ['invoice-paid'], companyId: null },
    });
    expect(refused).toMatchObject({ status: 403, code: 'missing-scope' });
    expect(await relay.store.all('SELECT * FROM webhooks')).toEqual([]);
    expect(stora.state.list('webhook_endpoints')).toEqual([]);
  });

  it('one member never hears of another’s account, and nobody of one whose connection has ended', async () => {
    const { relay, wish, send, member, connect, params } = await openStora();
    await wish();
    const other = await relay.join('Anna Bianchi');
    const theirs = await connect(other, scopes);
    await other.call(setNotices, {
      params: { connectionId: theirs.id },
      input: { kinds: ['booking-new'], companyId: null },
    });
    await send();
    expect(await listen(member, 1)).toHaveLength(1);
    // Theirs is of another kind: the first line of their stream is a beat, and no notice follows.
    expect(await firstLines((await openStream(other)).body)).toEqual([]);
    await relay.store.run("UPDATE connections SET status = 'revoked' WHERE id = ?", params.connectionId);
    expect(await firstLines((await openStream(member)).body)).toEqual([]);
  });

  it('a notice that does not open silences neither the others nor the stream', async () => {
    const { wish, send, relay, member, stora } = await openStora();
    await wish();
    await send();
    await relay.store.run("UPDATE notices SET notice = '1.00000000.AAAA'");
    await send('invoice.paid', stora.state.list('invoices')[1]);
    expect(await listen(member, 1)).toMatchObject([{ title: 'STO-0002' }]);
  });

  it('what was heard is forgotten after a day, and its repetition is too old by then', async () => {
    const { wish, send, relay, advance } = await openStora();
    await wish();
    await send();
    advance(25 * 60 * minuteMs);
    await forgetNotices(relay.deps);
    expect(await relay.store.all('SELECT * FROM notices')).toEqual([]);
  });

  it('an address that nobody was given is none, and no bad delivery of it is written down', async () => {
    const { relay } = await openStora();
    const answer = await relay.fetch(`${relay.publicUrl}/webhooks/whk_${'A'.repeat(22)}`, { method: 'POST' });
    expect(answer.status).toBe(404);
    expect(await events(relay)).toEqual([]);
  });
});

/** Notices that stand in the first lines of a stream. */
async function firstLines(stream: ReadableStream<Uint8Array> | null): Promise<unknown[]> {
  const reader = stream?.pipeThrough(new TextDecoderStream() as never).getReader() as
    ReadableStreamDefaultReader<string> | undefined;
  const first = (await reader?.read())?.value ?? '';
  const late = new Promise<string>((resolve) => setImmediate(() => setImmediate(() => resolve(''))));
  const second = await Promise.race([reader?.read().then(({ value }) => value ?? ''), late]);
  await reader?.cancel();
  return `${first}${second}`.split('\n').filter((line) => line.includes('"notice"'));
}

const secretOf = ({ stora }: WithStora): string => [...stora.state.webhookSecrets.values()][0] ?? '';

const signed = ({ stora }: WithStora, init: RequestInit, secret: string, offsetMs: number): RequestInit => {
  const seconds = Math.floor((stora.clock.now() + offsetMs) / 1000);
  const signature = storaSignature(secret, seconds, String(init.body));
  return { ...init, headers: { 'Content-Type': 'application/json', 'X-Stora-Signature': signature } };
};

const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

const wanted = ['issued_documents.invoices:r', 'received_documents:r'];
const statusUpdate = 'it.fattureincloud.webhooks.issued_documents.e_invoices.status_update';

/** A member who has subscribed to company 101, whose provider has made sure of the address. */
async function openFic() {
  const world = await openSandboxed(({ state }) => ({
    environment: { STAFFETTA_FATTURE_IN_CLOUD_WEBHOOK_KEY: pem(state.webhookKey.publicKey) },
  }));
  const { relay, sandbox, connectAs } = world;
  const join = async (name: string, email = 'demo@example.it') => {
    const member = await relay.join(name);
    const { connection } = await connectAs(member, { email, scopes: wanted });
    const subscription = (kinds: Notice['kind'][], companyId = 101) => ({
      params: { connectionId: connection.id },
      input: { kinds, companyId },
    });
    return { member, subscription };
  };
  const first = await join('Mario Rossi');
  await first.member.call(setNotices, first.subscription(['e-invoice-status', 'e-invoice-received']));
  const [made] = sandbox.state.subscriptions;
  if (made === undefined) throw new Error('no subscription');
  // Nobody serves the address in this process: what the provider would find there has a test of its own.
  await expect.poll(() => sandbox.state.verifications).toBe(1);
  made.verified = true;
  const deliver = async (type = statusUpdate) =>
    (await deliveriesOf(sandbox.state, { companyId: 101, type, ids: [12] }, sandbox.clock.now()))[0];
  return { ...world, join, first, made, deliver };
}

describe('webhooks of Fatture in Cloud', () => {
  it('the address repeats the word that the provider asks for, and nothing else', async () => {
    const { relay, made } = await openFic();
    const ask = (word: string, url = made.sink) =>
      relay.fetch(url, { headers: { 'x-fic-verification-challenge': word } });
    expect(await (await ask('abc-123')).json()).toEqual({ verification: 'abc-123' });
    expect((await ask('<script>')).status).toBe(404);
    expect((await relay.fetch(made.sink)).status).toBe(404);
    expect((await ask('abc', `${publicUrl}/webhooks/whk_${'A'.repeat(22)}`)).status).toBe(404);
  });

  it('the state of an electronic invoice reaches both members of the company; they share one subscription', async () => {
    const { relay, sandbox, join, first, deliver } = await openFic();
    const second = await join('Anna Bianchi');
    await second.member.call(setNotices, second.subscription(['e-invoice-status']));
    expect(sandbox.state.subscriptions).toHaveLength(1);
    const delivery = await deliver();
    if (delivery === undefined) throw new Error('nobody wants it');
    expect((await relay.fetch(delivery.url, delivery.init)).status).toBe(204);
    for (const { member } of [first, second]) {
      expect(await listen(member, 1)).toMatchObject([
        { providerId: 'fatture-in-cloud', kind: 'e-invoice-status' },
      ]);
    }
  });

  it('who may not see a company is not told of it, though a colleague is', async () => {
    const { join } = await openFic();
    const other = await join('Anna Bianchi', 'uno@example.it');
    const refused = await other.member.refusal(setNotices, other.subscription(['e-invoice-status']));
    expect(refused.status).toBeGreaterThanOrEqual(400);
  });

  test.for<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['for another address', (claims) => ({ ...claims, aud: ['https://elsewhere.example/webhooks/x'] })],
    ['that has ended', (claims) => ({ ...claims, exp: Number(claims['iat']) - 120 })],
    ['of four hours ago', (claims) => ({ ...claims, iat: Number(claims['iat']) - 14_400 })],
    ['that never ends', (claims) => ({ ...claims, exp: undefined })],
    ['without an id', (claims) => ({ ...claims, jti: undefined })],
  ])('a token %s is refused and written down', async ([, change]) => {
    const { relay, sandbox, deliver } = await openFic();
    const delivery = await deliver();
    if (delivery === undefined) throw new Error('nobody wants it');
    const honest = decodeJwt(delivery.init.headers['Authorization']?.slice('Bearer '.length) ?? '');
    const sign = (claims: Record<string, unknown>, key: KeyObject) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(key);
    const send = (token: string) =>
      relay.fetch(delivery.url, {
        ...delivery.init,
        headers: { ...delivery.init.headers, Authorization: `Bearer ${token}` },
      });
    const { privateKey } = sandbox.state.webhookKey;
    expect((await send(await sign(change(honest), privateKey))).status).toBe(403);
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect((await send(await sign(honest, stranger.privateKey))).status).toBe(403);
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(honest)).toString('base64url')}.`;
    expect((await send(none)).status).toBe(403);
    expect(await events(relay)).toEqual(['webhook_refused', 'webhook_refused', 'webhook_refused']);
    expect((await send(await sign(honest, privateKey))).status).toBe(204);
  });

  it('a delivery that nobody wants any more is answered with 410, which ends it at the provider', async () => {
    const { relay, sandbox, first, deliver, advance } = await openFic();
    await relay.store.run('DELETE FROM notice_wishes');
    // Its first word may come while it is still being made: that must not end it.
    const early = await deliver();
    if (early === undefined) throw new Error('nobody wants it');
    expect((await relay.fetch(early.url, early.init)).status).toBe(204);
    advance(2 * minuteMs);
    await first.member.meet();
    const delivery = await deliver();
    if (delivery === undefined) throw new Error('nobody wants it');
    expect((await relay.fetch(delivery.url, delivery.init)).status).toBe(410);
    // What an earlier database of this relay left at the provider makes room.
    await first.member.call(setNotices, first.subscription(['e-invoice-status']));
    expect(sandbox.state.subscriptions).toHaveLength(1);
    expect(sandbox.state.subscriptions[0]?.types).toHaveLength(2);
    await first.member.call(setNotices, first.subscription([]));
    expect(sandbox.state.subscriptions).toEqual([]);
  });

  it('without the provider’s key nothing is offered and nothing can be wished', async () => {
    const { relay, connectAs } = await openSandboxed();
    const member = await relay.join();
    const { connection } = await connectAs(member, { email: 'demo@example.it', scopes: wanted });
    const { providers } = await member.call(listProviders);
    expect(providers.find(({ id }) => id === 'fatture-in-cloud')?.notices).toEqual([]);
    const refused = await member.refusal(setNotices, {
      params: { connectionId: connection.id },
      input: { kinds: ['e-invoice-status'], companyId: 101 },
    });
    expect(refused.code).toBe('not-allowed');
  });
});

it('a stream is no way in: without a session nothing is told, and one whose session ends is closed', async () => {
  const { relay, member } = await openStora();
  expect((await relay.fetch(publicUrl + noticesPath)).status).toBe(401);
  const { body } = await openStream(member);
  relay.deps.notices.stop();
  const reader = body?.getReader();
  await reader?.read();
  expect((await reader?.read())?.done).toBe(true);
});

it('a stream that is open tells nothing of a provider whose notices the policy takes away, and goes on when it gives them back', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { relay, member, wish, send } = await openStora();
  const admin = await relay.join('Ada Neri', { role: 'admin' });
  const rule = (basedOn: number, policy: object) =>
    admin.call(changePolicy, { input: { basedOn, policy: Policy.parse(policy) } });
  await wish();
  const reader = (await openStream(member)).body?.pipeThrough(new TextDecoderStream()).getReader();
  const next = async (): Promise<NoticeLine> =>
    NoticeLine.parse(JSON.parse((await reader?.read())?.value ?? ''));
  const beat = { beatAtMs: relay.now() };
  expect(await next()).toEqual(beat);

  await rule(0, { actions: { 'stora.notice.receive': {} } });
  await vi.advanceTimersByTimeAsync(noticeBeatMs);
  expect(await next()).toEqual(beat);
  await send();
  await vi.advanceTimersByTimeAsync(noticeBeatMs);
  expect(await next()).toEqual(beat);
  expect(await firstLines((await openStream(member)).body)).toEqual([]);

  await rule(1, {});
  await vi.advanceTimersByTimeAsync(noticeBeatMs);
  expect(await next()).toEqual(beat);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await next()).toMatchObject({ notice: { kind: 'invoice-paid' } });
  await reader?.cancel();
});
