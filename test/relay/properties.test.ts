import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../relay/config/config.ts';
import { openHandle, sealHandle } from '../../relay/connection/handle.ts';
import { createProofMemory } from '../../relay/proof/proof-memory.ts';
import { createProofVerifier } from '../../relay/proof/proof.ts';
import { readProviderFile } from '../../relay/config/provider-file.ts';
import type { Flow } from '../../relay/store/flows.ts';
import { endpoints } from '../../shared/api/registry.ts';
import { pathOf } from '../../shared/endpoint.ts';
import { Failure } from '../../shared/failure.ts';
import { openRelay, vaultOf } from './harness.ts';
import { temporaryFolder } from './process.ts';
import { openTokenEndpoint } from './token-endpoint.ts';

/** Text as strangers write it: any characters, and the ones that parsers fear. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '\0',
    '\r\nX: 1',
    '%00',
    '../..',
    '{}',
    '[]',
    'null',
    '1e999',
    '-0',
  ),
);

const mark = 'canary5e1d';

/** JSON of any shape, with a mark in it that must not come back. */
const json = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify({ [mark]: value, value: mark })),
  text,
);

test('the callback: whatever query arrives, the answer is a page or a redirect of ours, without 5xx and without echo', async () => {
  const relay = await openRelay();
  const flow = await (await relay.join()).begin();
  const pair = fc.tuple(
    fc.oneof(fc.constantFrom('state', 'code', 'error', 'iss', 'next'), text),
    fc.oneof(text, fc.constant(mark)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(pair, { maxLength: 6 }), fc.boolean(), async (pairs, withState) => {
      const query = pairs.map(
        ([name, value]) =>
          `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`,
      );
      if (withState) query.push(`state=${flow.state}`);
      const response = await relay.fetch(`${relay.publicUrl}/callback/fatture-in-cloud?${query.join('&')}`);
      expect([303, 400]).toContain(response.status);
      const location = response.headers.get('location') ?? '';
      if (location !== '') expect(location.startsWith(relay.config.redirectTargets.chrome)).toBe(true);
      expect(location + (await response.text())).not.toContain(mark);
    }),
    { numRuns: 150 },
  );
});

test('a DPoP header: whatever it is, it is refused for a reason of the list', async () => {
  const now = () => 1_800_000_000_000;
  const verifier = createProofVerifier({ now, memory: createProofMemory(now) });
  const segment = fc.oneof(
    text,
    json.map((value) => Buffer.from(value).toString('base64url')),
  );
  const header = fc.oneof(
    text,
    fc.tuple(segment, segment, segment).map((parts) => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(header, async (value) => {
      const outcome = await verifier
        .verify({
          header: value,
          method: 'POST',
          url: 'https://relay.example.com/v1/sessions',
          sessionToken: null,
        })
        .then(
          () => null,
          (error: unknown) => error,
        );
      expect(outcome).toBeInstanceOf(Failure);
      expect((outcome as Failure).code).toBe('proof-invalid');
    }),
    { numRuns: 500 },
  );
});

test('a sealed handle: what was sealed opens, and nothing else does', () => {
  const vault = vaultOf(randomBytes(32).toString('base64'));
  const flow = { id: 'flw_x', thumbprint: 't', providerId: 'p', expiresAtMs: 1 } as unknown as Flow; // what sealing looks at
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.option(fc.string({ maxLength: 50 })), (code, issuer) => {
      expect(openHandle(vault, flow, sealHandle(vault, flow, { code, issuer }))).toEqual({ code, issuer });
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(text, fc.nat(120), fc.nat(255), (noise, place, byte) => {
      expect(openHandle(vault, flow, noise)).toBeNull();
      const sealed = sealHandle(vault, flow, { code: 'c/x', issuer: null });
      const at = place % sealed.length;
      const altered = sealed.slice(0, at) + String.fromCharCode(33 + (byte % 90)) + sealed.slice(at + 1);
      if (altered !== sealed) expect(openHandle(vault, flow, altered)).toBeNull();
    }),
    { numRuns: 2_000 },
  );
});

test('the settings: whatever stands in them, a start works or names its faults, and repeats no value', () => {
  const names = [
    'STAFFETTA_PUBLIC_URL',
    'STAFFETTA_PORT',
    'STAFFETTA_DATABASE_URL',
    'STAFFETTA_VAULT_KEY',
    'STAFFETTA_TRUSTED_PROXIES',
    'STAFFETTA_TRACES_URL',
    'STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID',
    'STAFFETTA_CHROME_EXTENSION_ID',
  ];
  const environment = fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(
      text,
      text.map((value) => mark + value),
    ),
  );
  fc.assert(
    fc.property(environment, (given) => {
      try {
        readConfig(given);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).not.toContain(mark);
      }
    }),
    { numRuns: 400 },
  );
});

test('a file of providers: whatever it holds, it is taken or its faults are named, and no value is repeated', () => {
  const file = join(temporaryFolder(), 'providers.json');
  const good = {
    id: 'team-login',
    name: 'Team login',
    origin: 'https://login.example.com',
    authorizationEndpoint: '/auth',
    tokenEndpoint: '/token',
    scopes: ['openid'],
  };
  const altered = fc
    .tuple(
      fc.constantFrom(...Object.keys(good), 'issuer', 'pkce', 'revocationEndpoint', 'secret'),
      fc.jsonValue({ maxDepth: 2 }),
    )
    .map(([name, value]) => JSON.stringify({ providers: [{ ...good, [name]: value }] }));
  fc.assert(
    fc.property(fc.oneof(json, altered), (content) => {
      writeFileSync(file, content);
      const { providers, faults } = readProviderFile(file, new Set(['fatture-in-cloud']));
      expect(providers.length > 0).toBe(faults.length === 0);
      expect(faults.join()).not.toContain(mark);
    }),
    { numRuns: 300 },
  );
});

test('a token answer: whatever the provider says, no 5xx of our own, nothing of it comes back, the tokens stay', async () => {
  const endpoint = await openTokenEndpoint();
  const relay = await openRelay({ providerOrigin: endpoint.origin });
  const installation = await relay.join();
  const { connection } = await relay.connect(installation);
  const path = `/v1/connections/${connection.id}/grant`;
  const lie = fc.oneof(
    json,
    fc
      .record(
        {
          access_token: fc.oneof(fc.constant(mark), fc.jsonValue()),
          token_type: fc.oneof(fc.constant('bearer'), fc.jsonValue()),
          expires_in: fc.oneof(fc.constantFrom(0, -1, 1e12, '60', null), fc.jsonValue()),
          scope: fc.oneof(fc.constant(mark), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .map((answer) => JSON.stringify(answer)),
  );
  await fc.assert(
    fc.asyncProperty(lie, fc.constantFrom(200, 201, 204, 400, 401, 418, 500), async (body, status) => {
      await relay.store.run(
        "UPDATE connections SET access_expires_at_ms = 0, refresh_not_before_ms = 0, refresh_asked_at_ms = NULL, refresh_lease_until_ms = 0, status = 'active'",
      );
      endpoint.always({ status, body: status === 204 ? '' : body });
      const response = await installation.send({ method: 'POST', path, body: '{}' });
      expect([409, 502, 503]).toContain(response.status);
      expect(await response.text()).not.toContain(mark);
      const row = await relay.store.get<{ refresh_token: string | null; status: string }>(
        'SELECT refresh_token, status FROM connections',
      );
      if (response.status !== 409)
        expect(row).toMatchObject({ status: 'active', refresh_token: expect.any(String) as string });
      else return fc.pre(false);
      return undefined;
    }),
    { numRuns: 60 },
  );
});

test.for(endpoints)(
  'the contract of $id: whatever body arrives, it is a refusal of the list, without echo',
  async (endpoint) => {
    const relay = await openRelay();
    const installation = await relay.join();
    await installation.meet();
    const params = Object.fromEntries(
      Object.keys(endpoint.params.shape).map((name) => [
        name,
        `${name === 'connectionId' ? 'con' : 'flw'}_${'A'.repeat(22)}`,
      ]),
    );
    await fc.assert(
      fc.asyncProperty(json, async (body) => {
        const response = await installation.send({
          method: endpoint.method,
          path: pathOf(endpoint, params as never), // any of the right form
          access: endpoint.access,
          ...(endpoint.method === 'POST' ? { body } : {}),
        });
        expect(response.status).toBeLessThan(500);
        expect(await response.text()).not.toContain(mark);
      }),
      { numRuns: 40 },
    );
  },
);

test('what a contract parses it parses again to the same; what it does not know it drops outward', () => {
  for (const { output } of endpoints) {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const first = output.safeParse(value);
        if (first.success) expect(output.parse(JSON.parse(JSON.stringify(first.data)))).toEqual(first.data);
      }),
      { numRuns: 100 },
    );
  }
});
