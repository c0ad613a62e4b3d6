import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { listConnections } from '../../../shared/api/connections.ts';
import { addToken } from '../../../relay/cli/token.ts';
import { brokeredPath } from '../../../shared/api/broker.ts';
import { credentials } from '../harness.ts';
import { runRelay, temporaryFolder } from '../process.ts';
import { openSandboxed } from '../sandboxed.ts';

const email = 'demo@example.it';

test('a token is replaced under load without one failed call, and the old one can then be removed', async () => {
  const { relay, sandbox } = await openSandboxed();
  const installation = await relay.join();
  const member = await relay.store.get<{ id: string }>('SELECT id FROM members');
  const make = (): string =>
    sandbox.state.issueManual(email, credentials.clientId, ['entity.clients:r']).value;
  const first = await addToken(relay.deps, member?.id ?? '', make(), relay.now);
  expect(first.hasReplaced).toBe(false);
  const { connections } = await installation.call(listConnections);
  expect(connections).toMatchObject([
    { id: first.connectionId, method: 'manual-token', accessMode: 'brokered' },
  ]);
  const path = brokeredPath(connections[0]!.id, '/c/101/entities/clients');
  const statuses = new Set<number>();
  let isRunning = true;
  const load = (async () => {
    while (isRunning)
      statuses.add((await installation.send({ method: 'GET', path, access: 'session' })).status);
  })();
  const second = await addToken(relay.deps, member?.id ?? '', make(), relay.now);
  expect(second).toMatchObject({ connectionId: first.connectionId, hasReplaced: true });
  isRunning = false;
  await load;
  sandbox.state.issued[0]!.authorization.revoked = true;
  for (let count = 0; count < 5; count += 1) {
    statuses.add((await installation.send({ method: 'GET', path, access: 'session' })).status);
  }
  expect([...statuses]).toEqual([200]);
});

test.for([
  ['a token that the provider does not know', 'a/unknown-token', 'token-refused'],
  ['what is no token', 'hello there', 'token-refused'],
])('%s changes nothing', async ([, token = '', code]) => {
  const { relay } = await openSandboxed();
  await relay.join();
  const member = await relay.store.get<{ id: string }>('SELECT id FROM members');
  await expect(addToken(relay.deps, member?.id ?? '', token, relay.now)).rejects.toMatchObject({ code });
  await expect(addToken(relay.deps, 'mem_nobody', token, relay.now)).rejects.toMatchObject({
    code: 'not-found',
  });
  expect(await relay.store.all('SELECT id FROM connections')).toEqual([]);
});

test('the command takes the token from the environment and never repeats it', async () => {
  const { code, stdout, stderr } = await runRelay(['token', 'add', `mem_${'A'.repeat(22)}`], {
    STAFFETTA_DATA_DIR: temporaryFolder(),
    STAFFETTA_VAULT_KEY: randomBytes(32).toString('base64'),
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: 'app',
    STAFFETTA_TOKEN: 'a/canary-token-1234',
  });
  expect(code).toBe(1);
  expect(stdout + stderr).not.toContain('canary');
  expect(stderr).toContain('not-found');
});
