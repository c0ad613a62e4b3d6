import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { createFlow } from '../../shared/api/flows.ts';
import { nonceLifetimeSeconds, proofWindowSeconds } from '../../shared/proof.ts';
import { openRelay } from '../relay/harness.ts';
import { Installation, refusalIn } from '../relay/installation.ts';
import { list, setting } from './forgery.ts';

describe('replay and target', () => {
  test('B2: a proof used once is refused the second time, and still at the end of its window', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const early = await installation.prove(list, {
      claims: ({ iat, ...rest }) => ({ ...rest, iat: Number(iat) + proofWindowSeconds }),
    });
    const replay = () => installation.send(list, { proof: () => early });
    expect((await replay()).status).toBe(200);
    for (const seconds of [0, 1, 59, 60]) {
      relay.clock.advance(seconds * 1000);
      expect(await refusalIn(await replay()), `after ${seconds} s more`).toMatchObject({
        code: 'proof-invalid',
      });
    }
    relay.clock.advance(1000);
    expect(await refusalIn(await replay())).toMatchObject({ code: 'clock' });
  });

  test('B2: of the same proof sent many times at once one passes', async () => {
    const installation = await (await openRelay()).join();
    const proof = await installation.prove(list);
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => installation.send(list, { proof: () => proof })),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 401),
    ]);
  });

  test('B2: a proof that was refused for another reason is not used up', async () => {
    const installation = await (await openRelay()).join();
    const proof = await installation.prove(list);
    expect(
      (
        await installation.send(list, {
          proof: () => proof,
          method: 'DELETE',
          url: 'https://relay.example.com/v1/connections/con_AAAAAAAAAAAAAAAAAAAAAA',
        })
      ).status,
    ).toBe(401);
    expect((await installation.send(list, { proof: () => proof })).status).toBe(200);
  });

  test('B3: a proof for one endpoint is refused at another', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const proof = await installation.prove({
      method: 'POST',
      path: '/v1/flows/flw_AAAAAAAAAAAAAAAAAAAAAA/exchange',
    });
    const body = '{}';
    for (const path of [
      '/v1/connections/con_AAAAAAAAAAAAAAAAAAAAAA/grant',
      createFlow.path,
      '/v1/flows/flw_BAAAAAAAAAAAAAAAAAAAAA/exchange',
    ]) {
      const response = await installation.send({ method: 'POST', path, body }, { proof: () => proof });
      expect(await refusalIn(response), path).toMatchObject({ status: 401, error: 'invalid_dpop_proof' });
    }
  });

  test('B4: Host and forwarded headers decide nothing: htu is compared with the configured address', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const spoofed = {
      url: 'https://evil.example/v1/connections',
      headers: {
        Host: 'evil.example',
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Proto': 'http',
        Forwarded: 'host=evil.example;proto=http',
        'X-Original-URL': '/v1/providers',
      },
    };
    const forTheirs = await installation.send(list, {
      ...spoofed,
      claims: setting({ htu: 'https://evil.example/v1/connections' }),
    });
    expect(await refusalIn(forTheirs)).toMatchObject({ status: 401, error: 'invalid_dpop_proof' });
    // A proxy that changes the host in front of a relay does not break it.
    expect((await installation.send(list, spoofed)).status).toBe(200);
  });

  test('B4: what a flow answers is made with the configured address too', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const body = JSON.stringify({
      providerId: 'fatture-in-cloud',
      scopes: [],
      codeChallenge: randomBytes(32).toString('base64url'),
      redirectKind: 'chrome',
    });
    const response = await installation.send(
      { method: 'POST', path: createFlow.path, body },
      {
        url: `https://evil.example${createFlow.path}`,
        headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
      },
    );
    expect(await response.json()).toMatchObject({
      startUrl: expect.stringMatching(/^https:\/\/relay\.example\.com\/connect\//) as string,
    });
  });
});

describe('time and nonces', () => {
  test.for([
    { offset: -(proofWindowSeconds + 1), status: 401 },
    { offset: -proofWindowSeconds, status: 200 },
    { offset: -(proofWindowSeconds - 1), status: 200 },
    { offset: proofWindowSeconds - 1, status: 200 },
    { offset: proofWindowSeconds, status: 200 },
    { offset: proofWindowSeconds + 1, status: 401 },
  ])('B5: iat $offset s from the relay is answered $status', async ({ offset, status }) => {
    const installation = await (await openRelay()).join();
    const response = await installation.send(list, {
      claims: ({ iat, ...rest }) => ({ ...rest, iat: Number(iat) + offset }),
    });
    expect(response.status).toBe(status);
    if (status === 401)
      expect(await refusalIn(response)).toMatchObject({ code: 'clock', error: 'invalid_dpop_proof' });
  });

  test('B6: a missing nonce is demanded with a fresh one that works at once', async () => {
    const relay = await openRelay();
    const installation = await Installation.create(relay);
    const request = {
      method: 'POST',
      path: createEnrolment.path,
      body: JSON.stringify({ invite: await relay.invite(), installationName: 'Firefox' }),
    };
    const demanded = await installation.send(request);
    expect(demanded.status).toBe(401);
    expect(demanded.headers.get('www-authenticate')).toContain('error="use_dpop_nonce"');
    expect(demanded.headers.get('dpop-nonce')).toMatch(/^[\x21-\x7e]{22,200}$/);
    expect(demanded.headers.get('cache-control')).toBe('no-store');
    expect((await installation.send(request)).status).toBe(200);
  });

  test('B6: a nonce is good until its last second and replaced after it', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const { nonce } = installation;
    relay.clock.advance(nonceLifetimeSeconds * 1000);
    expect((await installation.send(list, { claims: setting({ nonce }) })).status).toBe(200);
    relay.clock.advance(1);
    const expired = await installation.send(list, { claims: setting({ nonce }) });
    expect(await refusalIn(expired)).toMatchObject({ status: 401, error: 'use_dpop_nonce' });
    expect(expired.headers.get('dpop-nonce')).not.toBe(nonce);
    expect((await installation.send(list)).status).toBe(200);
  });

  test("B6: another installation's nonce, an altered one and an invented one are refused", async () => {
    const relay = await openRelay();
    const [mario, anna] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
    const own = mario.nonce ?? '';
    const [issuedAt = '', mac = ''] = own.split('.');
    const nonces = [
      anna.nonce,
      `${issuedAt}.${mac.slice(1)}A`,
      `${(relay.now() + 60_000).toString(36)}.${mac}`,
      mac,
      `${own}.x`.slice(0, -3),
      '',
      '.',
      'x'.repeat(200),
    ];
    for (const nonce of nonces) {
      const refusal = await refusalIn(await mario.send(list, { claims: setting({ nonce }) }));
      expect(refusal, String(nonce)).toMatchObject({ error: 'use_dpop_nonce' });
    }
  });

  test('B6: nonces of a relay that has restarted are refused with a new one', async () => {
    const [first, second] = [await openRelay(), await openRelay()];
    const before = await first.join();
    const after = await second.join();
    const stale = await after.send(list, { claims: setting({ nonce: before.nonce }) });
    expect(await refusalIn(stale)).toMatchObject({ error: 'use_dpop_nonce' });
    expect((await after.send(list)).status).toBe(200);
  });

  test('B6: every success brings the next nonce', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    for (let call = 0; call < 5; call += 1) {
      relay.clock.advance((nonceLifetimeSeconds - 1) * 1000);
      const response = await installation.send(list);
      expect(response.status).toBe(200);
      expect(response.headers.has('dpop-nonce')).toBe(true);
    }
  });
});
