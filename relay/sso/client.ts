import * as openid from 'openid-client';
import { Failure } from '../../shared/failure.ts';
import { readUpTo } from '../outbound/bounded-stream.ts';
import type { SsoSettings } from '../config/sso-settings.ts';

/** Longest time the relay waits for the identity provider, in seconds: the extension's own budget is ten. */
const timeoutSeconds = 5;

/** Largest answer that is read, in bytes: keys and groups are many. */
const answerBytesMax = 512 * 1024;

/** How long what the provider says of itself is believed, in milliseconds. */
const metadataMs = 3_600_000;

/** What one attempt has to match. */
export interface SignInSecrets {
  state: string;
  nonce: string;
  verifier: string;
}

/** The team's identity provider. */
export interface IdentityProvider {
  /** Its page where somebody signs in (OpenID Connect Core §3.1.2.1, with PKCE). */
  signInUrl(secrets: SignInSecrets): Promise<string>;
  /**
   * Trades a code for what the provider says of whoever signed in.
   *
   * @throws Failure `sign-in-refused` (the answer does not fit the attempt, or the provider refuses it) · `provider-down`
   */
  claimsOf(
    answer: { code: string; issuer: string | null },
    secrets: SignInSecrets,
  ): Promise<Record<string, unknown>>;
}

/** Reads at most so much of an answer, whole, and follows no redirect. */
const bounded: openid.CustomFetch = async (url, options) => {
  const response = await fetch(url, { ...options, redirect: 'manual' } as RequestInit); // the library's own subset
  const text = await readUpTo(response, answerBytesMax);
  return new Response(text === '' ? null : text, response);
};

/**
 * Creates the client of the team's identity provider; it is asked about itself when first needed, and again each hour.
 *
 * @param redirectUri the one redirect URL to register there
 */
export function createIdentityProvider(
  settings: SsoSettings,
  redirectUri: string,
  now: () => number,
): IdentityProvider {
  let known: { asked: Promise<openid.Configuration>; untilMs: number } | null = null;

  /** As the provider wants it; the standard's default where it does not say. */
  const authenticate: openid.ClientAuth = (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const secret = settings.clientSecret.reveal();
    const chosen = methods.includes('client_secret_basic')
      ? openid.ClientSecretBasic(secret)
      : openid.ClientSecretPost(secret);
    chosen(server, ...rest);
  };
  const ask = async (): Promise<openid.Configuration> => {
    const configuration = await openid.discovery(
      new URL(settings.issuer),
      settings.clientId,
      {},
      authenticate,
      {
        [openid.customFetch]: bounded,
        timeout: timeoutSeconds,
        // Settings accept http for loopback only.
        execute: settings.issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [],
      },
    );
    // Its signature is looked at too, beside the connection that it came over.
    openid.enableNonRepudiationChecks(configuration);
    return configuration;
  };
  const configured = (): Promise<openid.Configuration> => {
    if (known === null || known.untilMs <= now()) {
      const asking = { asked: ask(), untilMs: now() + metadataMs };
      known = asking;
      // What failed is asked again by the next.
      asking.asked.catch(() => {
        if (known === asking) known = null;
      });
    }
    return known.asked.catch((error: unknown) => {
      throw new Failure('provider-down', { cause: error });
    });
  };

  return {
    async signInUrl({ state, nonce, verifier }) {
      const configuration = await configured();
      const challenge = await openid.calculatePKCECodeChallenge(verifier);
      return openid.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: settings.scope,
        state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      }).href;
    },
    async claimsOf({ code, issuer }, { state, nonce, verifier }) {
      const configuration = await configured();
      const answer = new URL(redirectUri);
      answer.searchParams.set('code', code);
      answer.searchParams.set('state', state);
      if (issuer !== null) answer.searchParams.set('iss', issuer);
      try {
        const tokens = await openid.authorizationCodeGrant(configuration, answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims() ?? { sub: '' };
        const isWhole =
          'email' in claims && (settings.groupsClaim === null || settings.groupsClaim in claims);
        if (isWhole || configuration.serverMetadata().userinfo_endpoint === undefined) return { ...claims };
        const more = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub);
        // What is signed counts.
        return { ...more, ...claims };
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}

/** Whether the provider could not be asked, or whoever signed in is not to be believed. */
function failureOf(error: unknown): Failure {
  const isAway =
    error instanceof TypeError ||
    (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name)) ||
    (error instanceof Error && error.cause instanceof Response && error.cause.status >= 500) ||
    (error instanceof openid.ClientError && ['OAUTH_TIMEOUT', 'OAUTH_ABORT'].includes(error.code ?? ''));
  // The library's words may quote what a stranger sent: its name is enough for the log.
  return new Failure(isAway ? 'provider-down' : 'sign-in-refused', { cause: error });
}
