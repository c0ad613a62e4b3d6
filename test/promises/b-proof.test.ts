import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { proofWindowSeconds } from '../../shared/proof.ts';
import { openRelay } from '../relay/harness.ts';
import { Installation, refusalIn, type Forgery } from '../relay/installation.ts';
import { decode, encode, inPart, list, setting, without, type Row } from './forgery.ts';

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
