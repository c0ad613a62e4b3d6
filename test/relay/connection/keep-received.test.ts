import { expect, it } from 'vitest';
import { createDeviceFlow } from '../../../shared/api/device-flows.ts';
import { createManualConnection } from '../../../shared/api/manual-connections.ts';
import { pollDue } from '../../../relay/connection/device-poll.ts';
import { operator } from '../../../relay/audit.ts';
import { endInstallations, expelMember } from '../../../relay/people/members.ts';
import { bringCode, openRelay, type TestRelay } from '../harness.ts';
import type { Installation } from '../installation.ts';
import { openTokenEndpoint, type TokenAnswer } from '../token-endpoint.ts';

const providerId = 'fatture-in-cloud';

/** A member, and a provider whose next answer comes after `happen`. */
async function openMember(happen: (relay: TestRelay, mario: Installation) => Promise<unknown>) {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({
    providerOrigin: endpoint.origin,
    provider: { revocationEndpoint: '/oauth/revoke' },
    environment: { STAFFETTA_FATTURE_IN_CLOUD_METHODS: 'authorization-code, device-code, manual-token' },
  });
  await relay.join('Ada Neri', { role: 'admin' });
  const mario = await relay.join('Mario Rossi');
  const answerAfter = (answer: TokenAnswer) =>
    endpoint.next(async () => {
      await happen(relay, mario);
      endpoint.always({ status: 200 });
      return answer;
    });
  const takenBack = () =>
    endpoint.calls.filter(({ path }) => path === '/oauth/revoke').map(({ form }) => form.get('token'));
  const kept = async () => ({
    connections: await relay.store.all('SELECT id FROM connections'),
    events: (await relay.audit()).filter((event) => event.startsWith('connection_')),
  });
  return { endpoint, relay, mario, answerAfter, takenBack, kept };
}

const nothing = { connections: [], events: ['connection_revoked'] };

it.each([
  [
    'removal is over',
    async (relay: TestRelay, mario: Installation) =>
      expelMember(relay.deps, operator, await relay.memberOf(mario)),
  ],
  [
    'browser is out and whose connections are being taken apart',
    async (relay: TestRelay, mario: Installation) =>
      endInstallations(relay.deps, operator, await relay.memberOf(mario)),
  ],
])(
  'whatever a member connects with whose %s, it ends in no connection and is taken back',
  async (_, happen) => {
    const login = await openMember(happen);
    const tokens = login.endpoint.tokens();
    const flow = await login.mario.begin();
    const handle = await bringCode(login.relay, flow);
    login.answerAfter({ body: tokens });
    expect((await login.mario.finishRefused(flow, handle)).code).toBe('session-expired');
    expect(login.takenBack()).toEqual([tokens.refresh_token]);
    expect(await login.kept()).toEqual(nothing);

    const byHand = await openMember(happen);
    const token = byHand.endpoint.tokens().access_token;
    byHand.answerAfter({ status: 200 });
    const input = { providerId, token };
    byHand.endpoint.always({ status: 200 });
    expect((await byHand.mario.refusal(createManualConnection, { input })).code).toBe('session-expired');
    expect(byHand.takenBack()).toEqual([token]);
    expect(await byHand.kept()).toEqual(nothing);

    const device = await openMember(happen);
    const verification_uri = `${device.endpoint.origin}/device`;
    const codes = {
      device_code: 'd/1',
      user_code: 'ABCD-EFGH',
      verification_uri,
      expires_in: 300,
      interval: 5,
    };
    device.endpoint.next({ body: codes });
    await device.mario.call(createDeviceFlow, { input: { providerId, scopes: ['entity.clients:r'] } });
    device.relay.clock.advance(5_000);
    const given = device.endpoint.tokens();
    device.answerAfter({ body: given });
    expect(await pollDue(device.relay.deps)).toBe(1);
    expect(device.takenBack()).toEqual([given.refresh_token]);
    expect(await device.kept()).toEqual(nothing);
  },
);
