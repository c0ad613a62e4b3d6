import { createHash, randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createSession } from '../../shared/api/sessions.ts';
import { openRelay } from '../relay/harness.ts';
import { Installation, refusalIn, type Forgery } from '../relay/installation.ts';
import { decode, encode, inPart, list, setting, without, type Row } from './forgery.ts';

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
