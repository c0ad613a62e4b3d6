import {
  ClientsApi,
  Configuration,
  OAuth2AuthorizationCodeManager,
  OAuth2DeviceCodeManager,
  Scope,
} from '@fattureincloud/fattureincloud-ts-sdk';
import { expect, it, onTestFinished } from 'vitest';
import { handleIn, locationOf } from '../relay/harness.ts';
import { openSandboxed } from '../relay/sandboxed.ts';
import { approve, approveDevice } from '../sandbox/consent.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

const companyId = 101;

it('the official SDK completes the authorization-code flow against the sandbox and refreshes', async () => {
  const redirectUri = 'http://localhost:9/callback';
  const app = { name: 'SDK', clientId: 'sdk', clientSecret: 'sdk-secret', redirectUri };
  const sandbox = await startSandbox({ apps: [app] });
  onTestFinished(() => sandbox.close());
  const manager = new OAuth2AuthorizationCodeManager(
    app.clientId,
    app.clientSecret,
    redirectUri,
    sandbox.origin,
  );
  const url = manager.getAuthorizationUrl([Scope.ENTITY_CLIENTS_ALL], 'the-state');
  const callback = await approve(url, { email: 'demo@example.it' });
  const { authorizationCode, state } = manager.getParamsFromUrl(callback.href);
  expect(state).toBe('the-state');
  const first = await manager.fetchToken(authorizationCode);
  const second = await manager.refreshToken(first.refreshToken);
  expect(second.accessToken).toMatch(/^a\//);
  expect(second.refreshToken).not.toBe(first.refreshToken);
});

it('the official SDK completes the device flow against the sandbox and refreshes, without a secret', async () => {
  const app = {
    name: 'SDK',
    clientId: 'sdk',
    clientSecret: 'sdk-secret',
    redirectUri: 'http://localhost:9/',
  };
  const sandbox = await startSandbox({ apps: [app] });
  onTestFinished(() => sandbox.close());
  const manager = new OAuth2DeviceCodeManager(app.clientId, sandbox.origin);
  const device = await manager.getDeviceCode([Scope.ENTITY_CLIENTS_READ]);
  await approveDevice(device.verificationUri, device.userCode, { email: 'demo@example.it' });
  const first = await manager.fetchToken(device.deviceCode);
  const second = await manager.refreshToken(first.refreshToken);
  expect(second.accessToken).toMatch(/^a\//);
  expect(JSON.stringify(sandbox.exchanges.map(({ requestBody }) => requestBody))).not.toContain('sdk-secret');
});

it('the official SDK lists and creates clients with a token that the relay handed out', async () => {
  const { relay, sandbox } = await openSandboxed();
  const installation = await relay.join();
  const flow = await installation.begin({ scopes: ['entity.clients:a'] });
  const authorize = locationOf(await relay.fetch(flow.startUrl)).href;
  const callback = await approve(authorize, { email: 'demo@example.it' });
  const { grant } = await installation.finish(flow, handleIn(await relay.fetch(callback.href)));
  const clients = new ClientsApi(
    new Configuration({ basePath: sandbox.origin, accessToken: grant.accessToken }),
  );
  const before = await clients.listClients(companyId);
  expect(before.data.total).toBeGreaterThan(0);
  const made = await clients.createClient(companyId, { data: { name: 'Molino del Ponte S.r.l.' } });
  expect(made.data.data?.name).toBe('Molino del Ponte S.r.l.');
  const after = await clients.listClients(
    companyId,
    undefined,
    undefined,
    undefined,
    1,
    5,
    "name contains 'Molino'",
  );
  expect(after.data.data?.map(({ id }) => id)).toEqual([made.data.data?.id]);
});
