import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import { onTestFinished } from 'vitest';
import { freePort } from '../../scripts/port.ts';

/** What the identity provider says in the test's hands; all of it is as it should be until it is altered. */
export interface Script {
  /** What it says of itself. */
  metadata: Record<string, unknown>;
  /** Claims of the ID token, beside time and audience. */
  claims: Record<string, unknown>;
  /** Status of the token endpoint. */
  status: number;
  signature: 'own' | 'foreign' | 'none';
}

/** An identity provider that signs in anybody as whomever the test says. */
export interface HostileIssuer {
  issuer: string;
  script: Script;
  /** The nonce and the challenge that the relay sent, read from the page it was sent to. */
  visit(authorizeUrl: string): URLSearchParams;
}

/** Opens it on loopback, for the length of the test. */
export async function openHostileIssuer(): Promise<HostileIssuer> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const jwk: JWK = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'ES256', use: 'sig' };
  const script: Script = {
    metadata: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
    },
    claims: {},
    status: 200,
    signature: 'own',
  };
  let nonce = '';

  const idToken = async (): Promise<string> => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      aud: 'staffetta',
      sub: 'mario',
      nonce,
      iat: nowSeconds,
      exp: nowSeconds + 300,
      email: 'mario@example.com',
      email_verified: true,
      ...script.claims,
    };
    if (script.signature === 'none') return new UnsecuredJWT(claims).encode();
    const { privateKey } = script.signature === 'own' ? own : foreign;
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'own' }).sign(privateKey);
  };

  const server = createServer((request, response) => {
    const answer = async (): Promise<[number, unknown]> => {
      await text(request);
      if (request.url === '/.well-known/openid-configuration') return [200, script.metadata];
      if (request.url === '/jwks') return [200, { keys: [jwk] }];
      if (script.status !== 200) return [script.status, { error: 'server_error' }];
      return [200, { access_token: 'canary-access', token_type: 'bearer', id_token: await idToken() }];
    };
    void answer().then(([status, body]) => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    issuer,
    script,
    visit(authorizeUrl) {
      const { searchParams } = new URL(authorizeUrl);
      nonce = searchParams.get('nonce') ?? '';
      return searchParams;
    },
  };
}
