import { createHash, randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { createFlow } from '../../shared/api/flows.ts';
import { listConnections } from '../../shared/api/connections.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { nonceLifetimeSeconds, proofWindowSeconds } from '../../shared/proof.ts';
import { openRelay } from '../relay/harness.ts';
import { Installation, refusalIn, type Forgery } from '../relay/installation.ts';

/** A call that needs proof and session, and changes nothing. */
const list = { method: 'GET', path: listConnections.path };

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

/** Alters one of the three parts of a compact JWT. */
const inPart =
  (index: 0 | 1 | 2, alter: (part: string) => string) =>
  (proof: string): string =>
    proof
      .split('.')
      .map((part, at) => (at === index ? alter(part) : part))
      .join('.');

const without =
  (name: string) =>
  (members: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(members).filter(([key]) => key !== name));

const setting =
  (changes: Record<string, unknown>) =>
  (members: Record<string, unknown>): Record<string, unknown> => ({ ...members, ...changes });

interface Row {
  name: string;
  forge: (installation: Installation) => Forgery | Promise<Forgery>;
}

/** Each check of RFC 9449 §4.3 violated alone, in its order; everything else about the request is right. */
const violations: Row[] = [
  { name: '1 no proof', forge: () => ({ proof: () => null }) },
  { name: '1 an empty proof', forge: () => ({ proof: () => '' }) },
  {
    name: '1 two proofs, each valid alone',
    forge: async (installation) => {
      const second = await installation.prove(list);
      return { proof: (first) => `${first}, ${second}` };
    },
  },
  { name: '1 the same proof twice', forge: () => ({ proof: (proof) => `${proof},${proof}` }) },
  { name: '2 two parts', forge: () => ({ proof: (proof) => proof.split('.').slice(0, 2).join('.') }) },
  { name: '2 four parts', forge: () => ({ proof: (proof) => `${proof}.AAAA` }) },
  { name: '2 no JWT at all', forge: () => ({ proof: () => 'proof' }) },
  { name: '2 padding in a part', forge: () => ({ proof: (proof) => `${proof}=` }) },
  { name: '2 a header that is no JSON', forge: () => ({ proof: inPart(0, () => 'AAAA') }) },
  { name: '2 a header that is an array', forge: () => ({ proof: inPart(0, () => encode([])) }) },
  { name: '2 a header that is null', forge: () => ({ proof: inPart(0, () => encode(null)) }) },
  { name: '2 claims that are no JSON', forge: () => ({ proof: inPart(1, () => 'AAAA') }) },
  { name: '2 an empty signature', forge: () => ({ proof: inPart(2, () => '') }) },
  { name: '2 the JSON serialisation', forge: () => ({ proof: (proof) => encode({ payload: proof }) }) },
  {
    name: '2 a critical header it does not know',
    forge: () => ({ header: setting({ crit: ['staffetta-test'], 'staffetta-test': 1 }) }),
  },
  ...['jti', 'htm', 'htu', 'iat'].map((name) => ({
    name: `3 no ${name}`,
    forge: () => ({ claims: without(name) }),
  })),
  { name: '3 jti that is a number', forge: () => ({ claims: setting({ jti: 1 }) }) },
  { name: '3 jti shorter than 96 bits', forge: () => ({ claims: setting({ jti: 'AAAAAAAAAAAAAAA' }) }) },
  { name: '3 jti longer than 64 characters', forge: () => ({ claims: setting({ jti: 'A'.repeat(65) }) }) },
  {
    name: '3 iat that is text',
    forge: () => ({ claims: ({ iat, ...rest }) => ({ ...rest, iat: String(iat) }) }),
  },
  {
    name: '3 iat with a fraction',
    forge: () => ({ claims: ({ iat, ...rest }) => ({ ...rest, iat: Number(iat) + 0.5 }) }),
  },
  { name: '4 typ JWT', forge: () => ({ header: setting({ typ: 'JWT' }) }) },
  { name: '4 typ in capitals', forge: () => ({ header: setting({ typ: 'DPOP+JWT' }) }) },
  { name: '4 typ as a media type', forge: () => ({ header: setting({ typ: 'application/dpop+jwt' }) }) },
  { name: '4 no typ', forge: () => ({ header: without('typ') }) },
  {
    name: '5 alg es256',
    forge: () => ({ proof: inPart(0, (part) => encode({ ...decode(part), alg: 'es256' })) }),
  },
  { name: '5 no alg', forge: () => ({ proof: inPart(0, (part) => encode(without('alg')(decode(part)))) }) },
  {
    name: '6 signed by another key than the embedded one',
    forge: async () => ({ signer: (await generateKeyPair('ES256')).privateKey }),
  },
  {
    name: '6 another key embedded than the signing one',
    forge: async () => ({
      header: setting({ jwk: await exportJWK((await generateKeyPair('ES256')).publicKey) }),
    }),
  },
  {
    name: '6 one bit of the signature flipped',
    forge: () => ({
      proof: inPart(2, (part) => {
        const bytes = Buffer.from(part, 'base64url');
        bytes[9] = (bytes[9] ?? 0) ^ 1;
        return bytes.toString('base64url');
      }),
    }),
  },
  {
    name: '6 claims changed after signing',
    forge: () => ({ proof: inPart(1, (part) => encode({ ...decode(part), extra: true })) }),
  },
  {
    name: '6 a signature of zeros',
    forge: () => ({ proof: inPart(2, () => Buffer.alloc(64).toString('base64url')) }),
  },
  {
    name: '6 a signature in DER',
    forge: () => ({
      proof: inPart(2, () => Buffer.from(`3006020101020101${'00'.repeat(56)}`, 'hex').toString('base64url')),
    }),
  },
  { name: '6 no embedded key', forge: () => ({ header: without('jwk') }) },
  {
    name: '6 a point that is not on the curve',
    forge: ({ jwk }) => ({ header: setting({ jwk: { ...jwk, x: jwk.y, y: jwk.x } }) }),
  },
  {
    name: '6 a key named by kid only',
    forge: () => ({ header: (header) => ({ ...without('jwk')(header), kid: '1' }) }),
  },
  {
    name: '7 the private key embedded',
    forge: async ({ privateKey }) => ({ header: setting({ jwk: await exportJWK(privateKey) }) }),
  },
  {
    name: '7 an empty private member',
    forge: ({ jwk }) => ({ header: setting({ jwk: { ...jwk, d: '' } }) }),
  },
  { name: '8 htm of another method', forge: () => ({ claims: setting({ htm: 'POST' }) }) },
  { name: '8 htm in small letters', forge: () => ({ claims: setting({ htm: 'get' }) }) },
  ...[
    'https://evil.example/v1/connections',
    'https://relay.example.com.evil.example/v1/connections',
    'https://relay.example.com:8443/v1/connections',
    'http://relay.example.com/v1/connections',
    'https://user@relay.example.com/v1/connections',
    'https://relay.example.com/v1/Connections',
    'https://relay.example.com/v1/connections/',
    'https://relay.example.com/v1/connections/x',
    'https://relay.example.com/V1/connections',
    'https://relay.example.com//v1/connections',
    'https://relay.example.com/',
    'https://relay.example.com',
    '/v1/connections',
    '',
    'not a url',
    'wss://relay.example.com/v1/connections',
  ].map((htu) => ({ name: `9 htu ${JSON.stringify(htu)}`, forge: () => ({ claims: setting({ htu }) }) })),
  {
    name: '11 iat one second too old',
    forge: () => ({ claims: ({ iat, ...rest }) => ({ ...rest, iat: Number(iat) - proofWindowSeconds - 1 }) }),
  },
  {
    name: '11 iat one second too new',
    forge: () => ({ claims: ({ iat, ...rest }) => ({ ...rest, iat: Number(iat) + proofWindowSeconds + 1 }) }),
  },
  { name: '11 iat beyond all dates', forge: () => ({ claims: setting({ iat: Number.MAX_SAFE_INTEGER }) }) },
  { name: '12 no ath', forge: () => ({ claims: without('ath') }) },
  {
    name: '12 ath of another token',
    forge: () => ({ claims: setting({ ath: createHash('sha256').update('ses_x').digest('base64url') }) }),
  },
  {
    name: '12 ath in hexadecimal',
    forge: ({ sessionToken }) => ({
      claims: setting({
        ath: createHash('sha256')
          .update(sessionToken ?? '')
          .digest('hex'),
      }),
    }),
  },
];

describe('B1', () => {
  test('B1: a proof made by jose passes, with every part as the standard allows it', async () => {
    const relay = await openRelay();
    const installation = await relay.join();
    const spellings: Forgery[] = [
      {},
      { claims: setting({ htu: 'HTTPS://RELAY.EXAMPLE.COM/v1/connections' }) },
      { claims: setting({ htu: 'https://relay.example.com:443/v1/connections' }) },
      { claims: setting({ htu: 'https://relay.example.com/v1/connections?ignored=1#too' }) },
      { claims: setting({ unknown: 'claims are allowed' }) },
      { url: `${relay.publicUrl}${list.path}?ignored=1` },
    ];
    for (const forgery of spellings) {
      const response = await installation.send(list, forgery);
      expect(response.status, JSON.stringify(await response.clone().json())).toBe(200);
    }
  });

  test.for(violations)('B1: $name is refused as invalid_dpop_proof', async ({ forge }) => {
    const relay = await openRelay();
    const installation = await relay.join();
    const response = await installation.send(list, await forge(installation));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('DPoP algs="ES256", error="invalid_dpop_proof"');
    expect(await refusalIn(response)).toMatchObject({ status: 401, error: 'invalid_dpop_proof' });
    // The faithful request right after it passes: nothing but the violation was wrong.
    expect((await installation.send(list)).status).toBe(200);
  });

  test('B1: 10 a proof without nonce is refused as use_dpop_nonce', async () => {
    const installation = await (await openRelay()).join();
    const response = await installation.send(list, { claims: without('nonce') });
    expect(await refusalIn(response)).toMatchObject({ status: 401, error: 'use_dpop_nonce' });
  });

  test('B1: 12 a proof by another enrolled key, with the right ath, is refused', async () => {
    const relay = await openRelay();
    const [mario, anna] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
    anna.sessionToken = mario.sessionToken;
    expect(await refusalIn(await anna.send(list))).toMatchObject({
      status: 401,
      error: 'invalid_dpop_proof',
    });
  });

  test('B1: ath with no token is refused', async () => {
    const installation = await (await openRelay()).join();
    const response = await installation.send(
      { method: 'POST', path: createSession.path, body: '{}' },
      { authorization: null },
    );
    expect(await refusalIn(response)).toMatchObject({ status: 401, error: 'invalid_dpop_proof' });
  });

  test('B1: every endpoint that takes a proof alone checks it as well', async () => {
    const relay = await openRelay();
    const installation = await Installation.create(relay);
    await installation.meet();
    const invite = await relay.invite();
    const enrol = {
      method: 'POST',
      path: createEnrolment.path,
      body: JSON.stringify({ invite, installationName: 'Firefox' }),
    };
    for (const forgery of [
      { proof: () => null },
      { header: setting({ typ: 'JWT' }) },
      { claims: setting({ htm: 'GET' }) },
    ]) {
      expect(await refusalIn(await installation.send(enrol, forgery))).toMatchObject({
        error: 'invalid_dpop_proof',
      });
    }
    expect((await installation.send(enrol)).status).toBe(200);
  });
});

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

describe('other algorithms and missing halves', () => {
  const proofBy = async (
    algorithm: 'RS256' | 'PS256' | 'ES384' | 'EdDSA',
    { relay, nonce, sessionToken }: Installation,
  ): Promise<string> => {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    return new SignJWT({
      jti: randomBytes(16).toString('base64url'),
      htm: 'GET',
      htu: relay.publicUrl + list.path,
      iat: Math.floor(relay.now() / 1000),
      nonce,
      ath: createHash('sha256')
        .update(sessionToken ?? '')
        .digest('base64url'),
    })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: algorithm, jwk: await exportJWK(publicKey) })
      .sign(privateKey);
  };

  const algorithms: Row[] = [
    {
      name: 'alg none without signature',
      forge: () => ({
        proof: (proof) =>
          `${encode({ ...decode(proof.split('.')[0] ?? ''), alg: 'none' })}.${proof.split('.')[1]}.`,
      }),
    },
    {
      name: 'alg none with the old signature',
      forge: () => ({ proof: inPart(0, (part) => encode({ ...decode(part), alg: 'none' })) }),
    },
    {
      name: 'alg NONE',
      forge: () => ({ proof: inPart(0, (part) => encode({ ...decode(part), alg: 'NONE' })) }),
    },
    {
      name: 'HS256 with the public key as secret',
      forge: ({ jwk }) => ({
        header: setting({ alg: 'HS256' }),
        signer: new TextEncoder().encode(JSON.stringify(jwk)),
      }),
    },
    {
      name: 'HS256 with a symmetric key embedded',
      forge: () => {
        const secret = randomBytes(32);
        return {
          header: setting({ alg: 'HS256', jwk: { kty: 'oct', k: secret.toString('base64url') } }),
          signer: secret,
        };
      },
    },
    ...(['RS256', 'PS256', 'ES384', 'EdDSA'] as const).map((algorithm) => ({
      name: algorithm,
      forge: async (installation: Installation): Promise<Forgery> => {
        const proof = await proofBy(algorithm, installation);
        return { proof: () => proof };
      },
    })),
    {
      name: 'ES256 with the private key embedded',
      forge: async ({ privateKey }) => ({ header: setting({ jwk: await exportJWK(privateKey) }) }),
    },
  ];

  test.for(algorithms)('B9: $name is refused', async ({ forge }) => {
    const installation = await (await openRelay()).join();
    const response = await installation.send(list, await forge(installation));
    expect(await refusalIn(response)).toMatchObject({ status: 401, error: 'invalid_dpop_proof' });
  });

  test('B10: a session token without a proof is refused', async () => {
    const installation = await (await openRelay()).join();
    const response = await installation.send(list, { proof: () => null });
    expect(await refusalIn(response)).toMatchObject({ status: 401, error: 'invalid_dpop_proof' });
  });

  test('B10: a proof without a session token is refused', async () => {
    const installation = await (await openRelay()).join();
    const response = await installation.send(list, { authorization: null, claims: without('ath') });
    expect(await refusalIn(response)).toMatchObject({ status: 401, error: 'invalid_token' });
  });

  test.for(['Bearer', 'dpop', 'Basic', 'DPoP  ', ''])(
    'B10: a session token under the scheme %j is refused',
    async (scheme) => {
      const installation = await (await openRelay()).join();
      const response = await installation.send(list, {
        authorization: `${scheme} ${installation.sessionToken}`,
      });
      expect(await refusalIn(response)).toMatchObject({ status: 401, error: 'invalid_token' });
    },
  );

  test('B10: the token of one member with the key of another is refused, in both directions', async () => {
    const relay = await openRelay();
    const [mario, anna] = [await relay.join('Mario Rossi'), await relay.join('Anna Bianchi')];
    [mario.sessionToken, anna.sessionToken] = [anna.sessionToken, mario.sessionToken];
    for (const thief of [mario, anna]) {
      expect(await refusalIn(await thief.send(list))).toMatchObject({
        status: 401,
        error: 'invalid_dpop_proof',
      });
    }
  });

  test('B10: a token of no session is refused', async () => {
    const installation = await (await openRelay()).join();
    installation.sessionToken = `ses_${randomBytes(32).toString('base64url')}`;
    expect(await refusalIn(await installation.send(list))).toMatchObject({
      status: 401,
      code: 'session-expired',
    });
  });

  test('B10: a key that was never enrolled opens no session', async () => {
    const stranger = await Installation.create(await openRelay());
    expect(await stranger.refusal(createSession)).toMatchObject({ status: 401, code: 'not-enrolled' });
  });
});
