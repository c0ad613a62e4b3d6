import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import { asJson, boundedFetch } from '../provider/bounded-fetch.ts';
import { Failure } from '../../shared/failure.ts';
import type { ConfiguredProvider } from '../config/provider-settings.ts';
import {
  clientOf,
  failureOfProvider,
  refuseUnbelievable,
  tokenSetOf,
  type TokenSet,
} from '../provider/oauth.ts';
import { ProviderFailure } from '../provider/failure.ts';

/** What a provider gives a device to show. */
export interface DeviceAuthorization {
  deviceCode: string;
  userCode: string;
  verificationUri: string;
  verificationUriComplete: string | null;
  intervalSeconds: number;
  lifetimeSeconds: number;
}

/** Seconds between polls where the provider names none (RFC 8628 §3.2), and bounds of what is believed. */
const interval = { default: 5, max: 120 };

/** Longest life of a device code that is believed, in seconds. */
const lifetimeMax = 3_600;

/**
 * Asks for a device code and the code that the member types (RFC 8628 §3.1).
 *
 * @throws Failure `provider-misconfigured` · `provider-down` · `provider-refused` · `provider-unexpected`
 */
export async function requestDeviceCode(
  configured: ConfiguredProvider,
  scopes: readonly string[],
): Promise<DeviceAuthorization> {
  const { server, client, authentication, options } = clientOf(configured, 'device-code');
  try {
    const parameters = { scope: scopes.join(' ') };
    const isJson = configured.provider.device?.request === 'json';
    const response = await oauth.deviceAuthorizationRequest(server, client, authentication, parameters, {
      ...options,
      ...(isJson ? { [oauth.customFetch]: asJson(boundedFetch(configured.destinations)) } : {}),
    });
    await refuseUnbelievable(response);
    const answer = await oauth.processDeviceAuthorizationResponse(server, client, await unwrapped(response));
    return {
      deviceCode: answer.device_code,
      userCode: answer.user_code,
      verificationUri: answer.verification_uri,
      verificationUriComplete: answer.verification_uri_complete ?? null,
      intervalSeconds: Math.min(Math.max(Math.ceil(answer.interval ?? interval.default), 1), interval.max),
      lifetimeSeconds: Math.min(Math.floor(answer.expires_in), lifetimeMax),
    };
  } catch (error) {
    throw failureOfProvider(error, 'flow-expired');
  }
}

const Wrapped = z.object({ data: z.looseObject({ device_code: z.string() }) });

/** The answer without the `data` that some providers put around it, and without the `scope` that is then an object. */
async function unwrapped(response: Response): Promise<Response> {
  const wrapped = Wrapped.safeParse(
    await response
      .clone()
      .json()
      .catch(() => null),
  );
  if (!wrapped.success) return response;
  const { scope: _, ...answer } = wrapped.data.data;
  return Response.json(answer, { status: response.status });
}

/**
 * Asks once whether the member has decided (RFC 8628 §3.4).
 *
 * @throws Failure `declined` · `flow-expired` · `provider-misconfigured` · `provider-down` · `provider-refused` ·
 *   `provider-unexpected`
 */
export async function requestDeviceToken(
  configured: ConfiguredProvider,
  deviceCode: string,
  scopes: readonly string[],
  nowMs: number,
): Promise<TokenSet | 'pending' | 'slow-down'> {
  const { server, client, authentication, options } = clientOf(configured, 'device-code');
  try {
    const response = await oauth.deviceCodeGrantRequest(server, client, authentication, deviceCode, options);
    await refuseUnbelievable(response);
    return tokenSetOf(
      await oauth.processDeviceCodeResponse(server, client, response),
      scopes,
      response,
      nowMs,
    );
  } catch (error) {
    const said = error instanceof oauth.ResponseBodyError ? error.error : null;
    if (said === 'authorization_pending') return 'pending';
    if (said === 'slow_down') return 'slow-down';
    if (said === 'access_denied') throw new Failure('declined', { cause: error });
    if (said === 'expired_token')
      throw new ProviderFailure('flow-expired', { cause: error, mayHaveActed: false });
    throw failureOfProvider(error, 'flow-expired');
  }
}
