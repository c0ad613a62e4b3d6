import type { z } from 'zod';
import { contractHeader, contractText, matchContract } from '../../../shared/contract.ts';
import { pathOf, type Access, type Endpoint } from '../../../shared/endpoint.ts';
import { Failure, failureOf, readProblem } from '../../../shared/failure.ts';
import { browser } from '../../browser.ts';
import { permissionOf } from '../../permission.ts';
import { installationKey } from './key.ts';
import { signProof } from './proof.ts';

/** Losing these two with the background is harmless: the relay tells both again at the first refusal. */
let nonce: string | null = null;
let clockSkewMs = 0;

/** What the relay's clock shows, epoch milliseconds. */
export const relayNowMs = (): number => Date.now() + clockSkewMs;

/** Well under the 30 s after which Chrome ends a worker whose fetch has no answer. */
const timeoutMs = 12_000;

/** The same for one that carries a file. */
const fileTimeoutMs = 40_000;

/** One request to the relay as it goes over the wire. */
export interface RelayRequest {
  method: string;
  /** With query. */
  path: string;
  /** JSON text, or a file. */
  body?: string | FormData | undefined;
  /** `Idempotency-Key`. */
  key?: string | undefined;
  /** Nobody waits for it (RFC 9218: urgency 6). */
  isBackground?: boolean | undefined;
  /** Ends the request; the ordinary time limit where there is none. */
  signal?: AbortSignal | undefined;
}

/**
 * Calls an endpoint and parses its answer.
 *
 * @throws Failure as the endpoint names · as `exchange`
 */
export function send<Params extends z.ZodObject, Output extends z.ZodType, Required extends Access>(
  relayOrigin: string,
  endpoint: Endpoint<Params, z.ZodType, Output, Required>,
  params: z.infer<Params>,
  input: unknown,
  token: string | null,
): Promise<z.infer<Output>> {
  const { method } = endpoint;
  const body = method === 'POST' ? JSON.stringify(input) : undefined;
  return exchange(relayOrigin, { method, path: pathOf(endpoint, params), body }, token, (response) =>
    readAnswer(response, endpoint.output),
  );
}

/**
 * Sends once, and once more where the relay asks for its nonce, where the clocks differ, and as `isToRepeat` says.
 *
 * @throws Failure `relay-down` · `offline` · `relay-not-allowed` · `relay-outdated` · `extension-outdated` · as `read`
 */
export async function exchange<Result>(
  relayOrigin: string,
  { method, path, body, key, isBackground, signal }: RelayRequest,
  token: string | null,
  read: (response: Response) => Promise<Result>,
): Promise<Result> {
  const attempt = async (): Promise<Result> => {
    const proof = await signProof(await installationKey(), {
      method,
      // RFC 9449 §4.2: without query.
      url: relayOrigin + (path.split('?')[0] ?? ''),
      issuedAtMs: relayNowMs(),
      sessionToken: token,
      nonce,
    });
    const response = await fetchRelay(relayOrigin + path, relayOrigin, {
      method,
      headers: {
        DPoP: proof,
        [contractHeader]: contractText,
        ...(token === null ? {} : { Authorization: `DPoP ${token}` }),
        // A file says by itself what it is.
        ...(typeof body === 'string' ? { 'Content-Type': 'application/json' } : {}),
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        ...(isBackground === true ? { Priority: 'u=6' } : {}),
      },
      ...(body === undefined ? {} : { body }),
      ...(body instanceof FormData ? { signal: AbortSignal.timeout(fileTimeoutMs) } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    nonce = response.headers.get('DPoP-Nonce') ?? nonce;
    const { verdict } = matchContract(response.headers.get(contractHeader));
    if (verdict === 'other-outdated') throw new Failure('relay-outdated');
    if (verdict === 'self-outdated') throw new Failure('extension-outdated');
    return read(response);
  };
  // Both can be: a clock that is wrong is told first, and the nonce that was asked for meanwhile with the next.
  const told = new Set<string>();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Failure) || !isToRepeat(error, method) || told.has(error.code)) throw error;
      told.add(error.code);
    }
  }
}

/**
 * Whether the same request with a new proof is likely to be served.
 *
 * A balancer sends a read that one relay has begun and not answered to another relay, which refuses the used proof.
 */
const isToRepeat = ({ code }: Failure, method: string): boolean =>
  code === 'nonce-required' || code === 'clock' || (code === 'proof-invalid' && method === 'GET');

async function fetchRelay(url: string, relayOrigin: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      ...init,
      // The relay ignores cookies; none are sent all the same.
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
    });
  } catch (error) {
    const allowed = await browser.permissions.contains({ origins: [permissionOf(relayOrigin)] });
    if (!allowed) throw new Failure('relay-not-allowed', { cause: error });
    throw new Failure(navigator.onLine ? 'relay-down' : 'offline', { cause: error });
  }
}

/**
 * What an answer says, parsed by `schema`.
 *
 * @throws Failure as the relay says · `relay-down` (somebody else has answered) · `relay-incompatible`
 */
export async function readAnswer<Output extends z.ZodType>(
  response: Response,
  schema: Output,
): Promise<z.infer<Output>> {
  const body: unknown = await response.json().catch(() => null);
  // A captive portal or a proxy answers pages, in place of the relay.
  if (body === null) throw new Failure('relay-down');
  if (response.ok) {
    const answer = schema.safeParse(body);
    if (!answer.success) throw new Failure('relay-incompatible', { cause: answer.error });
    return answer.data;
  }
  const problem = readProblem(body);
  if (problem.code === 'clock') {
    const relayTimeMs = Date.parse(response.headers.get('Date') ?? '');
    if (Number.isFinite(relayTimeMs)) clockSkewMs = relayTimeMs - Date.now();
  }
  throw failureOf(problem);
}
