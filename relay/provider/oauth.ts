import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import { endpointUrl, type ConnectionMethod } from '../../shared/provider.ts';
import type { ConfiguredProvider } from '../config/provider-settings.ts';
import { asJson, boundedFetch, timeout } from './bounded-fetch.ts';
import { ProviderFailure } from './failure.ts';

/** Tokens as a provider gave them. */
export interface TokenSet {
  accessToken: string;
  /** Null where the provider sent none: on a refresh the old one stays in use (RFC 6749 §6). */
  refreshToken: string | null;
  /** Epoch milliseconds. */
  expiresAtMs: number;
  /** Null where the provider does not say; then it is what was asked for (RFC 6749 §5.1). */
  scopes: string[] | null;
}

/** Longest time the relay waits for a revocation, in milliseconds: the member waits for the disconnect. */
const revocationTimeoutMs = 3_000;

/** Longest time the relay waits for a provider, in milliseconds: the extension's own budget is ten seconds. */
export const providerTimeoutMs = 8_000;

/** Shortest and longest life of an access token that is believed, in seconds. */
const lifetimeSeconds = { min: 30, max: 366 * 86_400 };

/** What oauth4webapi needs to know of `configured`. */
export function clientOf(
  configured: ConfiguredProvider,
  method: ConnectionMethod,
  timeoutMs = providerTimeoutMs,
) {
  const { provider, credentials } = configured;
  const isPublic = method === 'device-code' && provider.device?.client === 'public';
  if (credentials === null || (credentials.clientSecret === null && !isPublic))
    throw new ProviderFailure('provider-misconfigured', { mayHaveActed: false });
  // Not even revealed in a flow that must not carry it.
  const secret = isPublic ? null : credentials.clientSecret;
  const send = boundedFetch(configured.destinations);
  const revocation = endpointUrl(provider, 'revocation');
  const device = endpointUrl(provider, 'deviceAuthorization');
  return {
    server: {
      issuer: provider.issuer ?? provider.origin,
      token_endpoint: endpointUrl(provider, 'token') ?? '',
      ...(revocation === null ? {} : { revocation_endpoint: revocation }),
      ...(device === null ? {} : { device_authorization_endpoint: device }),
      authorization_response_iss_parameter_supported: provider.issuer !== null,
    } satisfies oauth.AuthorizationServer,
    client: { client_id: credentials.clientId } satisfies oauth.Client,
    authentication:
      secret === null
        ? oauth.None()
        : provider.clientAuthentication === 'client_secret_post'
          ? oauth.ClientSecretPost(secret.reveal())
          : oauth.ClientSecretBasic(secret.reveal()),
    options: {
      [oauth.customFetch]: provider.tokenRequest === 'json' ? asJson(send) : send,
      // Configuration accepts http for loopback only: the sandbox.
      [oauth.allowInsecureRequests]: [...configured.destinations].some((url) => url.startsWith('http:')),
      signal: timeout(timeoutMs),
    },
  };
}

/** The provider's page on which the account's owner decides (RFC 6749 §4.1.1). */
export function authorizationUrl(
  { provider, credentials, redirectUri }: ConfiguredProvider,
  request: { scopes: readonly string[]; state: string; codeChallenge: string | null },
): string {
  if (credentials === null) throw new Failure('provider-misconfigured');
  const url = new URL(endpointUrl(provider, 'authorization') ?? '');
  url.searchParams.set('response_type', 'code');
  url.searchParams.set('client_id', credentials.clientId);
  url.searchParams.set('redirect_uri', redirectUri);
  url.searchParams.set('scope', request.scopes.join(' '));
  url.searchParams.set('state', request.state);
  if (request.codeChallenge !== null) {
    url.searchParams.set('code_challenge', request.codeChallenge);
    url.searchParams.set('code_challenge_method', 'S256');
  }
  return url.href;
}

/**
 * Trades an authorization code for tokens (RFC 6749 §4.1.3).
 *
 * @throws Failure `flow-expired` (code refused) · `provider-misconfigured` · `provider-down` · `provider-refused` ·
 *   `provider-unexpected`
 */
export async function exchangeCode(
  configured: ConfiguredProvider,
  answer: { code: string; state: string; issuer: string | null; verifier: string | null },
  asked: readonly string[],
  nowMs: number,
): Promise<TokenSet> {
  const { server, client, authentication, options } = clientOf(configured, 'authorization-code');
  try {
    const callback = new URLSearchParams({ code: answer.code, state: answer.state });
    if (answer.issuer !== null) callback.set('iss', answer.issuer);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      oauth.validateAuthResponse(server, client, callback, answer.state),
      configured.redirectUri,
      answer.verifier ?? oauth.nopkce,
      options,
    );
    await refuseUnbelievable(response);
    return tokenSetOf(
      await oauth.processAuthorizationCodeResponse(server, client, response),
      asked,
      response,
      nowMs,
    );
  } catch (error) {
    throw failureOfProvider(error, 'flow-expired');
  }
}

/**
 * Trades a refresh token for new tokens (RFC 6749 §6).
 *
 * @throws Failure `revoked` (refresh token refused) · `provider-misconfigured` · `provider-down` · `provider-refused` ·
 *   `provider-unexpected`
 */
export async function refreshTokens(
  configured: ConfiguredProvider,
  method: ConnectionMethod,
  refreshToken: string,
  asked: readonly string[],
  nowMs: number,
): Promise<TokenSet> {
  const { server, client, authentication, options } = clientOf(configured, method);
  try {
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      authentication,
      refreshToken,
      options,
    );
    await refuseUnbelievable(response);
    return tokenSetOf(
      await oauth.processRefreshTokenResponse(server, client, response),
      asked,
      response,
      nowMs,
    );
  } catch (error) {
    throw failureOfProvider(error, 'revoked');
  }
}

/** A success whose numbers are not numbers: the library would read `"3600"` as 3600. */
const Lifetime = z.object({ expires_in: z.number() });

/** Refuses an answer that says "not now", and a success that says nothing certain about its own end. */
export async function refuseUnbelievable(response: Response): Promise<void> {
  if (response.status === 200) {
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    const isToken = typeof body === 'object' && body !== null && 'access_token' in body;
    if (isToken && !Lifetime.safeParse(body).success) {
      throw new ProviderFailure('provider-unexpected', { mayHaveActed: true });
    }
    return;
  }
  if (response.status < 500 && response.status !== 429) return;
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const isThrottled = response.status === 429;
  throw new ProviderFailure('provider-down', {
    ...(Number.isInteger(seconds) ? { retryAfterSeconds: Math.min(Math.max(seconds, 1), 3600) } : {}),
    mayHaveActed: !isThrottled,
    isThrottled,
  });
}

/**
 * Judges a token answer and keeps what the relay needs of it.
 *
 * @param asked the scopes that were asked for, or that the connection has: an answer never widens them
 */
export function tokenSetOf(
  answer: oauth.TokenEndpointResponse,
  asked: readonly string[],
  { headers }: Response,
  nowMs: number,
): TokenSet {
  const seconds = answer.expires_in;
  const scopes = answer.scope?.split(' ').filter((scope) => scope !== '') ?? null;
  if (
    answer.token_type !== 'bearer' ||
    seconds === undefined ||
    seconds < lifetimeSeconds.min ||
    seconds > lifetimeSeconds.max ||
    scopes?.some((scope) => !asked.includes(scope)) === true
  ) {
    throw new ProviderFailure('provider-unexpected', { mayHaveActed: true });
  }
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? null,
    expiresAtMs: issuedAt(nowMs, headers.get('date'), seconds) + Math.floor(seconds) * 1000,
    scopes,
  };
}

/** How far two clocks may lie apart without anybody's being called wrong, in milliseconds. */
const clockToleranceMs = 30_000;

/**
 * When a token was issued: by our clock, unless the provider's `Date` says that ours is ahead. A time of expiry that is
 * kept too late would make every relay on this database hand out a token that has ended.
 *
 * A difference of more than half the token's life is not ours to believe: with a provider whose clock stands far back
 * no token would ever seem to live.
 */
function issuedAt(nowMs: number, date: string | null, lifeSeconds: number): number {
  const aheadMs = nowMs - Date.parse(date ?? '');
  return aheadMs > clockToleranceMs && aheadMs < (lifeSeconds * 1000) / 2 ? nowMs - aheadMs : nowMs;
}

/**
 * Takes a token back at the provider (RFC 7009).
 *
 * @returns `unsupported` where the provider has no such endpoint; `failed` where it did not say that it is done
 */
export async function revokeToken(
  configured: ConfiguredProvider,
  method: ConnectionMethod,
  token: string,
  kind: 'refresh_token' | 'access_token',
): Promise<'revoked' | 'failed' | 'unsupported'> {
  if (configured.provider.revocationEndpoint === null) return 'unsupported';
  try {
    const { server, client, authentication, options } = clientOf(configured, method, revocationTimeoutMs);
    const additionalParameters = { token_type_hint: kind };
    const response = await oauth.revocationRequest(server, client, authentication, token, {
      ...options,
      additionalParameters,
    });
    // An address that was only guessed: there is no such endpoint.
    if (response.status === 404) return 'unsupported';
    await oauth.processRevocationResponse(response);
    return 'revoked';
  } catch {
    return 'failed';
  }
}

/** Takes tokens back that nobody keeps: ending the refresh token should end its access tokens (RFC 7009 §2.1). */
export const takeBack = (
  configured: ConfiguredProvider,
  method: ConnectionMethod,
  { accessToken, refreshToken }: Pick<TokenSet, 'accessToken' | 'refreshToken'>,
): ReturnType<typeof revokeToken> =>
  refreshToken === null
    ? revokeToken(configured, method, accessToken, 'access_token')
    : revokeToken(configured, method, refreshToken, 'refresh_token');

/**
 * Sorts what went wrong into fatal and transient. The provider's own words stay in `cause`, which is not logged whole.
 *
 * @param grantRefused what `invalid_grant` means for this request
 */
export function failureOfProvider(error: unknown, grantRefused: 'flow-expired' | 'revoked'): Failure {
  if (error instanceof Failure) return error;
  const refused = { cause: error, mayHaveActed: false };
  if (error instanceof oauth.ResponseBodyError) {
    switch (error.error) {
      case 'invalid_grant':
        return new ProviderFailure(grantRefused, refused);
      case 'invalid_client':
      case 'unauthorized_client':
        return new ProviderFailure('provider-misconfigured', refused);
      case 'temporarily_unavailable':
        return new ProviderFailure('provider-down', refused);
      default:
        return new ProviderFailure('provider-refused', refused);
    }
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return new ProviderFailure(error.status === 401 ? 'provider-misconfigured' : 'provider-refused', refused);
  }
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    return new ProviderFailure('provider-unexpected', { cause: error, mayHaveActed: true });
  }
  // fetch rejects with TypeError (refused, reset, DNS, TLS) or with the signal's DOMException (too slow).
  return new ProviderFailure('provider-down', {
    cause: error,
    mayHaveActed: !wasNeverSent(error),
  });
}

/** Faults of the connection's beginning: no byte of the request has left. */
const beforeSending =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|EPROTO)/;

/** Whether a failed `fetch` failed before anything of its request was sent. */
export function wasNeverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return (
    cause instanceof Error &&
    'code' in cause &&
    typeof cause.code === 'string' &&
    beforeSending.test(cause.code)
  );
}
