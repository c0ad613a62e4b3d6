import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAddressReader } from '../../relay/traffic/address.ts';
import { createLimits, limitsPerMinute } from '../../relay/traffic/limits.ts';
import { createLog } from '../../relay/observe/log.ts';
import { createProofMemory } from '../../relay/proof/proof-memory.ts';
import { Failure } from '../../shared/failure.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { createFlow } from '../../shared/api/flows.ts';
import { sharedDatabase } from '../postgres/database.ts';
import { openRelay, type TestRelay } from '../relay/harness.ts';
import { Installation, refusalIn } from '../relay/installation.ts';

/** The code with which something is refused; null where it is not. */
function refusalOf(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}

const openLimited = (): Promise<TestRelay> => openRelay({ limitFactor: 1 });

const flowInput = () => ({
  providerId: 'fatture-in-cloud',
  scopes: [],
  codeChallenge: randomBytes(32).toString('base64url'),
  redirectKind: 'chrome' as const,
});

const countOf = async (relay: TestRelay, table: string): Promise<number> =>
  (await relay.store.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`))?.count ?? -1;

test('E1: one installation that begins logins without end is stopped, its rows stay few, and others go on', async () => {
  const relay = await openLimited();
  const [flooding, legitimate] = [await relay.join(), await relay.join('Anna Bianchi')];
  const codes = new Set<string>();
  for (let count = 0; count < limitsPerMinute.flow + 10; count += 1) {
    const response = await flooding.request(createFlow, { input: flowInput() });
    codes.add(response.status === 200 ? 'begun' : (await refusalIn(response)).code);
  }
  expect(codes).toEqual(new Set(['begun', 'rate-limited']));
  expect(await countOf(relay, 'flows')).toBeLessThanOrEqual(5);
  await legitimate.call(createFlow, { input: flowInput() });
  relay.clock.advance(60_000);
  await flooding.call(createFlow, { input: flowInput() });
});

test('E1: of many logins that one installation begins the newest ones can be finished', async () => {
  const relay = await openRelay();
  const installation = await relay.join();
  const flows = [];
  for (let count = 0; count < 8; count += 1) flows.push(await installation.begin());
  expect(await countOf(relay, 'flows')).toBe(5);
  const newest = flows.at(-1);
  expect((await relay.callback({ state: newest?.state ?? '', code: 'c/x' })).status).toBe(303);
  expect((await relay.callback({ state: flows[0]?.state ?? '', code: 'c/x' })).status).toBe(400);
});

test('E1: guesses at a state are answered 429 after a while: a problem document that says when to come back', async () => {
  const relay = await openLimited();
  const answers = [];
  for (let count = 0; count <= limitsPerMinute.anonymous; count += 1) {
    answers.push(await relay.callback({ state: randomBytes(32).toString('base64url'), code: 'c/x' }));
  }
  const last = answers.at(-1);
  if (last === undefined) throw new Error('no answer');
  expect(last.status).toBe(429);
  expect(last.headers.get('content-type')).toBe('application/problem+json');
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refusalIn(last)).toMatchObject({ code: 'rate-limited', status: 429 });
  // Refused before anything was written.
  expect((await relay.audit()).filter((event) => event === 'state_unknown')).toHaveLength(
    limitsPerMinute.anonymous,
  );
});

test('E1: guesses at an invite are few in a minute, and enrolled members behind the same address go on', async () => {
  const relay = await openLimited();
  const member = await relay.join();
  const stranger = await Installation.create(relay);
  const codes = [];
  for (let count = 0; count < limitsPerMinute.enrolment + 2; count += 1) {
    const invite = `inv_${randomBytes(16).toString('base64url')}`;
    const refusal = await stranger.refusal(createEnrolment, { input: { invite, installationName: 'x' } });
    codes.push(refusal.code);
  }
  expect(codes.filter((code) => code === 'invite-invalid').length).toBeLessThanOrEqual(
    limitsPerMinute.enrolment,
  );
  expect(codes.at(-1)).toBe('rate-limited');
  await member.call(listConnections);
});

test('E1: proofs that fail are not checked without end, and what is refused early writes nothing', async () => {
  const relay = await openLimited();
  const installation = await relay.join();
  await installation.meet();
  let last = '';
  for (let count = 0; count <= limitsPerMinute.refused; count += 1) {
    const response = await relay.fetch(`${relay.publicUrl}${listConnections.path}`, {
      headers: { Authorization: 'DPoP ses_x', DPoP: 'not.a.proof' },
    });
    last = (await refusalIn(response)).code;
  }
  expect(last).toBe('rate-limited');
});

test('E1: a million other keys in a minute do not touch a legitimate one, and cost no memory', async () => {
  const relay = await openRelay();
  const limits = createLimits({ store: relay.store, log: createLog('silent'), now: relay.now });
  limits.take('installation', 'legitimate');
  const before = process.memoryUsage();
  for (let count = 0; count < 1_000_000; count += 1) limits.take('installation', `flood-${count}`);
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
  for (let count = 1; count < limitsPerMinute.installation - 60; count += 1) {
    limits.take('installation', 'legitimate');
  }
  // And a key that floods is still found among them.
  const greedy = Array.from({ length: limitsPerMinute.installation + 1 }, () =>
    refusalOf(() => limits.take('installation', 'greedy')),
  );
  expect(greedy.at(-1)).toBe('rate-limited');
});

test('E1: what one relay has counted counts at the others within a second', async () => {
  const database = await sharedDatabase();
  const vaultKey = randomBytes(32).toString('base64');
  const [one, two] = [await openRelay({ database, vaultKey }), await openRelay({ database, vaultKey })];
  const [here, there] = [one, two].map(({ store, now }) =>
    createLimits({ store, now, log: createLog('silent') }),
  );
  if (here === undefined || there === undefined) throw new Error('no limits');
  const half = limitsPerMinute.flow / 2 + 1;
  for (let count = 0; count < half; count += 1) here.take('flow', 'ins_1');
  for (let count = 0; count < 5; count += 1) there.take('flow', 'ins_1');
  await here.exchange();
  await there.exchange();
  const outcomes = Array.from({ length: half }, () => refusalOf(() => there.take('flow', 'ins_1')));
  expect(outcomes.at(-1)).toBe('rate-limited');
  expect(refusalOf(() => there.take('flow', 'ins_2'))).toBeNull();
  const rows = JSON.stringify(await one.store.all('SELECT * FROM rate_counts'));
  expect(rows).not.toContain('ins_1');
  one.clock.advance(61_000);
  two.clock.advance(61_000);
  expect(refusalOf(() => there.take('flow', 'ins_1'))).toBeNull();
  await there.exchange();
  expect(await countOf(one, 'rate_counts')).toBeLessThanOrEqual(1);
});

test('E1: without its database a relay keeps its own limits', async () => {
  const relay = await openRelay();
  const limits = createLimits({ store: relay.store, log: createLog('silent'), now: relay.now });
  for (let count = 0; count < limitsPerMinute.flow; count += 1) limits.take('flow', 'ins_1');
  await relay.close();
  await limits.exchange();
  expect(refusalOf(() => limits.take('flow', 'ins_1'))).toBe('rate-limited');
});

test('B8: a million distinct proofs are remembered up to a bound, and then refused: none is forgotten early', async () => {
  let nowMs = 0;
  const memory = createProofMemory(() => nowMs, 100_000);
  for (let count = 0; count < 100_000; count += 1) expect(await memory.remember(`proof-${count}`)).toBe(true);
  await expect(memory.remember('one more')).rejects.toMatchObject({ code: 'rate-limited' });
  expect(await memory.remember('proof-0')).toBe(false);
  nowMs += 10 * 60_000;
  expect(await memory.remember('one more')).toBe(true);
});

test('B8: a proof with a `jti` of a megabyte is refused by its length alone', async () => {
  const relay = await openRelay();
  const installation = await relay.join();
  await installation.meet();
  const response = await installation.send(
    { method: 'GET', path: listConnections.path },
    { claims: (claims) => ({ ...claims, jti: 'x'.repeat(1_000_000) }) },
  );
  expect(await refusalIn(response)).toMatchObject({ status: 401, code: 'proof-invalid' });
});

const proxies = ['10.0.0.0/8', '192.0.2.1', 'fd00::/8'];

test.for<{ name: string; peer: string | undefined; headers: Record<string, string>; address: string }>([
  {
    name: 'a stranger',
    peer: '198.51.100.9',
    headers: { 'x-forwarded-for': '1.2.3.4' },
    address: '198.51.100.9',
  },
  {
    name: 'a stranger with Forwarded',
    peer: '198.51.100.9',
    headers: { forwarded: 'for=1.2.3.4' },
    address: '198.51.100.9',
  },
  {
    name: 'a proxy',
    peer: '10.1.2.3',
    headers: { 'x-forwarded-for': '203.0.113.7' },
    address: '203.0.113.7',
  },
  {
    name: 'a proxy as IPv6 sees it',
    peer: '::ffff:10.1.2.3',
    headers: { 'x-forwarded-for': '203.0.113.7' },
    address: '203.0.113.7',
  },
  {
    name: 'two proxies, and a lie before them',
    peer: '10.1.2.3',
    headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.7, 192.0.2.1' },
    address: '203.0.113.7',
  },
  {
    name: 'a proxy that speaks RFC 7239',
    peer: '192.0.2.1',
    headers: { forwarded: 'for=6.6.6.6, for="[2001:db8:1:2:3::4]:99";proto=https' },
    address: '2001:db8:1:2::/64',
  },
  {
    name: 'a proxy that names a port',
    peer: '192.0.2.1',
    headers: { 'x-forwarded-for': '203.0.113.7:4711' },
    address: '203.0.113.7',
  },
  {
    name: 'a proxy that passes on nonsense',
    peer: '10.1.2.3',
    headers: { 'x-forwarded-for': '203.0.113.7, unknown' },
    address: '10.1.2.3',
  },
  { name: 'a proxy that says nothing', peer: '10.1.2.3', headers: {}, address: '10.1.2.3' },
  { name: 'only proxies', peer: '10.1.2.3', headers: { 'x-forwarded-for': '10.9.9.9' }, address: '10.1.2.3' },
  {
    name: 'one IPv6 host with many addresses',
    peer: '2001:db8:0:7:aaaa::1',
    headers: {},
    address: '2001:db8:0:7::/64',
  },
  {
    name: 'a hundred kilobytes',
    peer: '10.1.2.3',
    headers: { 'x-forwarded-for': `${'9.9.9.9,'.repeat(12_000)}203.0.113.7` },
    address: '203.0.113.7',
  },
  { name: 'no socket', peer: undefined, headers: { 'x-forwarded-for': '1.2.3.4' }, address: 'unknown' },
])('E5: $name is counted as $address', ({ peer, headers, address }) => {
  const addressOf = createAddressReader(proxies);
  expect(addressOf(peer, (name) => headers[name])).toBe(address);
});
