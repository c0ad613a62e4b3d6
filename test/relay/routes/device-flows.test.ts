import { expect, it } from 'vitest';
import { pollDue } from '../../../relay/connection/device-poll.ts';
import { listConnections } from '../../../shared/api/connections.ts';
import {
  createDeviceFlow,
  deleteDeviceFlow,
  pollDeviceFlow,
  readDeviceFlow,
} from '../../../shared/api/device-flows.ts';
import { changePolicy } from '../../../shared/api/policy.ts';
import { actionIds } from '../../../shared/actions.ts';
import { Policy } from '../../../shared/policy.ts';
import { createGrant } from '../../../shared/api/grants.ts';
import { approveDevice } from '../../sandbox/consent.ts';
import { credentials } from '../harness.ts';
import { openSandboxed } from '../sandboxed.ts';

const email = 'demo@example.it';

/** A relay whose app Fatture in Cloud has allowed to use device codes, and an attempt under way. */
async function begin() {
  const world = await openSandboxed({
    environment: { STAFFETTA_FATTURE_IN_CLOUD_METHODS: 'authorization-code, device-code' },
  });
  const installation = await world.relay.join();
  const flow = await installation.call(createDeviceFlow, {
    input: { providerId: 'fatture-in-cloud', scopes: ['entity.clients:r'] },
  });
  return { ...world, installation, flow, params: { flowId: flow.flowId } };
}

it('the whole flow as Fatture in Cloud documents it, without the client secret anywhere, refreshes included', async () => {
  const { relay, sandbox, installation, flow, advance } = await begin();
  expect(flow.userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
  await approveDevice(flow.verificationUri, flow.userCode, { email });
  advance(5_000);
  expect(await pollDue(relay.deps)).toBe(1);
  const { connections } = await installation.call(listConnections);
  expect(connections).toMatchObject([
    { method: 'device-code', status: 'active', scopes: ['entity.clients:r'] },
  ]);
  advance(86_400_000);
  await installation.openSession();
  const params = { connectionId: connections[0]!.id };
  const { accessToken } = await installation.call(createGrant, { params, input: {} });
  expect(sandbox.state.issued.some(({ value }) => value === accessToken)).toBe(true);
  expect(JSON.stringify(sandbox.exchanges.map(({ requestBody }) => requestBody))).not.toContain(
    credentials.clientSecret,
  );
});

it('with popup and browser closed the relay goes on asking; who comes back finds the connection made', async () => {
  const { relay, installation, flow, params, advance } = await begin();
  expect(await installation.call(readDeviceFlow)).toEqual({ flow });
  advance(5_000);
  await pollDue(relay.deps);
  expect(await installation.call(pollDeviceFlow, { params })).toMatchObject({ status: 'pending' });
  await approveDevice(flow.verificationUri, flow.userCode, { email });
  advance(5_000);
  await pollDue(relay.deps);
  expect(await installation.call(readDeviceFlow)).toEqual({ flow: null });
  expect(await installation.call(pollDeviceFlow, { params })).toMatchObject({
    status: 'connected',
    connection: { method: 'device-code' },
    grant: null,
  });
});

it('a code that is declined, or runs out, says which', async () => {
  const declined = await begin();
  const { verificationUri, userCode } = declined.flow;
  await approveDevice(verificationUri, userCode, { email, decision: 'decline' });
  declined.advance(5_000);
  await pollDue(declined.relay.deps);
  expect(await declined.installation.refusal(pollDeviceFlow, { params: declined.params })).toMatchObject({
    code: 'declined',
  });
  const late = await begin();
  late.advance(300_000);
  await pollDue(late.relay.deps);
  expect(await late.installation.refusal(pollDeviceFlow, { params: late.params })).toMatchObject({
    code: 'flow-expired',
  });
});

it.each([
  ['the provider', { providers: { 'fatture-in-cloud': {} } }],
  ['this way to connect', { methods: { 'device-code': {} } }],
  ['what it was asked for', { actions: Object.fromEntries(actionIds.map((id) => [id, {}])) }],
])('%s that is taken away meanwhile ends the attempt, also with nobody there to ask', async (_, policy) => {
  const { relay, sandbox, installation, flow, params, advance } = await begin();
  const other = await begin();
  for (const one of [relay, other.relay]) {
    const admin = await one.join('Ada Neri', { role: 'admin' });
    await admin.call(changePolicy, { input: { basedOn: 0, policy: Policy.parse(policy) } });
  }
  await approveDevice(flow.verificationUri, flow.userCode, { email });
  advance(5_000);
  await pollDue(relay.deps);
  expect(sandbox.state.issued).toEqual([]);
  expect((await installation.call(listConnections)).connections).toEqual([]);
  // Whoever asks is told why, then and later; what a release before wrote of it can be read.
  for (const outcome of ['blocked-by-admin', 'declined']) {
    expect((await installation.refusal(pollDeviceFlow, { params })).code).toBe(outcome);
    await relay.store.run("UPDATE device_flows SET outcome = 'declined'");
  }
  expect(await relay.audit()).toContain('flow_declined');
  const refused = await other.installation.refusal(pollDeviceFlow, { params: other.params });
  expect(refused.code).toBe('blocked-by-admin');
});

it('told to slow down, the relay does', async () => {
  const { relay, sandbox, installation, params, advance } = await begin();
  sandbox.faults.next('POST /oauth/token', {
    status: 400,
    body: { error: 'slow_down', error_description: 'x' },
  });
  advance(5_000);
  await pollDue(relay.deps);
  advance(5_000);
  expect(await pollDue(relay.deps)).toBe(0);
  advance(5_000);
  expect(await pollDue(relay.deps)).toBe(1);
  expect(await installation.call(pollDeviceFlow, { params })).toMatchObject({ status: 'pending' });
});

it('a provider that is down for a while ends nothing', async () => {
  const { relay, sandbox, installation, flow, params, advance } = await begin();
  sandbox.faults.down = true;
  advance(5_000);
  await pollDue(relay.deps);
  sandbox.faults.down = false;
  await approveDevice(flow.verificationUri, flow.userCode, { email });
  advance(5_000);
  await pollDue(relay.deps);
  expect(await installation.call(pollDeviceFlow, { params })).toMatchObject({ status: 'connected' });
});

it('an attempt belongs to the installation that began it, and can be given up by it alone', async () => {
  const { relay, installation, flow, params, advance } = await begin();
  const stranger = await relay.join('Anna Bianchi');
  expect(await stranger.call(readDeviceFlow)).toEqual({ flow: null });
  expect(await stranger.refusal(deleteDeviceFlow, { params })).toMatchObject({ code: 'key-mismatch' });
  await installation.call(deleteDeviceFlow, { params });
  await approveDevice(flow.verificationUri, flow.userCode, { email });
  advance(5_000);
  await pollDue(relay.deps);
  expect((await installation.call(listConnections)).connections).toEqual([]);
});

it('neither code stands in the clear in a row, an answer of another call, or the log', async () => {
  const { relay, sandbox, flow } = await begin();
  const rows = JSON.stringify([await relay.store.all('SELECT * FROM device_flows'), relay.log]);
  expect(rows).not.toContain(flow.userCode);
  expect(rows).not.toContain(sandbox.state.devices[0]!.deviceCode);
});
