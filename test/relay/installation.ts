import { hash, randomBytes } from 'node:crypto';
import {
  calculateJwkThumbprint,
  CompactSign,
  exportJWK,
  generateKeyPair,
  type CryptoKey,
  type JWK,
} from 'jose';
import type { z } from 'zod';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { createFlow, exchangeFlow, type RedirectKind } from '../../shared/api/flows.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { pathOf, type Access, type Endpoint } from '../../shared/endpoint.ts';
import { Problem } from '../../shared/failure.ts';

/** The little an installation has to know of a relay, in this process or in another one. */
export interface Reachable {
  publicUrl: string;
  now(): number;
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

/** What to bend in an otherwise valid request. */
export interface Forgery {
  /** Alters the proof's header. */
  header?: (header: Record<string, unknown>) => Record<string, unknown>;
  /** Alters the proof's claims. */
  claims?: (claims: Record<string, unknown>) => Record<string, unknown>;
  /** Signs with this key instead; the embedded public key stays. */
  signer?: CryptoKey | Uint8Array;
  /** Alters the finished proof, or says what stands in its place; null sends none. */
  proof?: (proof: string) => string | null;
  /** `Authorization` header instead of the session's; null sends none. */
  authorization?: string | null;
  /** Further or other headers of the request. */
  headers?: Record<string, string>;
  /** Other method or URL than the proof speaks of. */
  method?: string;
  url?: string;
}

/** A request before it is signed. */
interface Unsigned {
  method: string;
  path: string;
  body?: string | FormData | undefined;
  /** `proof`: the session token stays at home. */
  access?: Access | undefined;
}

type AnyEndpoint = Endpoint<z.ZodObject, z.ZodType, z.ZodType, Access>;

interface Exchange<Called extends AnyEndpoint> {
  params?: z.infer<Called['params']>;
  input?: z.input<Called['input']>;
}

/** A flow that this installation has begun. */
export interface BegunFlow {
  flowId: z.infer<typeof createFlow.output>['flowId'];
  startUrl: string;
  state: string;
  codeVerifier: string;
}

/**
 * A copy of the extension as the relay sees it. Its proofs are made with `jose`, which shares no line with the
 * product's own signer and verifier.
 */
export class Installation {
  readonly relay: Reachable;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly thumbprint: string;
  sessionToken: string | null = null;
  nonce: string | undefined;

  constructor(relay: Reachable, privateKey: CryptoKey, jwk: JWK, thumbprint: string) {
    this.relay = relay;
    this.privateKey = privateKey;
    this.jwk = jwk;
    this.thumbprint = thumbprint;
  }

  static async create(relay: Reachable): Promise<Installation> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    return new Installation(relay, privateKey, jwk, await calculateJwkThumbprint(jwk));
  }

  /** Signs a proof for `request` as a faithful installation would, except for `forgery`. */
  async prove({ method, path, access }: Unsigned, forgery: Forgery = {}): Promise<string> {
    const sessionToken = access === 'proof' ? null : this.sessionToken;
    const honest = {
      jti: randomBytes(16).toString('base64url'),
      htm: method,
      htu: this.relay.publicUrl + path,
      iat: Math.floor(this.relay.now() / 1000),
      ...(sessionToken === null ? {} : { ath: hash('sha256', sessionToken, 'base64url') }),
      ...(this.nonce === undefined ? {} : { nonce: this.nonce }),
    };
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: this.jwk };
    const claims = forgery.claims?.(honest) ?? honest;
    const crit = { 'staffetta-test': true };
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ES256', ...(forgery.header?.(header) ?? header) })
      .sign(forgery.signer ?? this.privateKey, { crit });
  }

  /** Sends one signed request once, and keeps the nonce that the answer brings. */
  async send(request: Unsigned, forgery: Forgery = {}): Promise<Response> {
    const honest = await this.prove(request, forgery);
    const proof = forgery.proof === undefined ? honest : forgery.proof(honest);
    const sessionToken = request.access === 'proof' ? null : this.sessionToken;
    const ordinary = sessionToken === null ? null : `DPoP ${sessionToken}`;
    const authorization = forgery.authorization === undefined ? ordinary : forgery.authorization;
    const response = await this.relay.fetch(forgery.url ?? this.relay.publicUrl + request.path, {
      method: forgery.method ?? request.method,
      headers: {
        ...(proof === null ? {} : { DPoP: proof }),
        ...(authorization === null ? {} : { Authorization: authorization }),
        ...(typeof request.body === 'string' ? { 'Content-Type': 'application/json' } : {}),
        ...forgery.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
    });
    this.nonce = response.headers.get('dpop-nonce') ?? this.nonce;
    return response;
  }

  /** Asks for a first nonce, so that the next request can be judged by something else. */
  async meet(): Promise<void> {
    if (this.nonce === undefined)
      await this.send({ method: 'POST', path: createSession.path, access: 'proof' });
  }

  /** Sends one faithful request; a demand for a nonce is followed once. */
  async ask(request: Unsigned, forgery: Forgery = {}): Promise<Response> {
    const had = this.nonce;
    const first = await this.send(request, forgery);
    const isDemand = first.headers.get('www-authenticate')?.includes('use_dpop_nonce') === true;
    return isDemand && this.nonce !== had ? this.send(request, forgery) : first;
  }

  /** The raw answer to a faithful request of an endpoint. */
  request(endpoint: AnyEndpoint, exchange: Exchange<AnyEndpoint> = {}): Promise<Response> {
    return this.ask({
      method: endpoint.method,
      path: pathOf(endpoint, exchange.params ?? {}),
      body: endpoint.method === 'POST' ? JSON.stringify(exchange.input ?? {}) : undefined,
      access: endpoint.access,
    });
  }

  /** Calls an endpoint that must succeed. */
  async call<Called extends AnyEndpoint>(
    endpoint: Called,
    exchange: Exchange<Called> = {},
  ): Promise<z.infer<Called['output']>> {
    const response = await this.request(endpoint, exchange);
    const body: unknown = await response.json();
    if (response.status !== 200)
      throw new Error(`${endpoint.id}: ${response.status} ${JSON.stringify(body)}`);
    return endpoint.output.parse(body) as z.infer<Called['output']>; // the schema is the endpoint's own
  }

  /** Calls an endpoint that must refuse. */
  async refusal<Called extends AnyEndpoint>(
    endpoint: Called,
    exchange: Exchange<Called> = {},
  ): Promise<Problem> {
    return refusalIn(await this.request(endpoint, exchange));
  }

  async enrol(invite: string): Promise<void> {
    await this.call(createEnrolment, { input: { invite, installationName: 'Chrome on Linux' } });
  }

  async openSession(): Promise<string> {
    const { sessionToken } = await this.call(createSession);
    this.sessionToken = sessionToken;
    return sessionToken;
  }

  /** Begins a flow with a fresh verifier. */
  async begin(
    options: {
      providerId?: string;
      scopes?: string[];
      redirectKind?: RedirectKind;
      forTeam?: boolean;
    } = {},
  ): Promise<BegunFlow> {
    const codeVerifier = randomBytes(32).toString('base64url');
    const {
      providerId = 'fatture-in-cloud',
      scopes = ['entity.clients:r'],
      redirectKind = 'chrome',
      forTeam = false,
    } = options;
    const codeChallenge = hash('sha256', codeVerifier, 'base64url');
    const flow = await this.call(createFlow, {
      input: { providerId, scopes, codeChallenge, redirectKind, ...(forTeam ? { forTeam } : {}) },
    });
    return { flowId: flow.flowId, startUrl: flow.startUrl, state: flow.state, codeVerifier };
  }

  /** Finishes a flow with the handle that came back. */
  async finish(flow: Pick<BegunFlow, 'flowId' | 'codeVerifier'>, handle: string) {
    const { connection, grant } = await this.call(exchangeFlow, {
      params: { flowId: flow.flowId },
      input: { handle, codeVerifier: flow.codeVerifier },
    });
    if (grant === null) throw new Error('the connection is brokered');
    return { connection, grant };
  }

  /** Finishes a flow in a way that must be refused. */
  async finishRefused(flow: Pick<BegunFlow, 'flowId' | 'codeVerifier'>, handle: string): Promise<Problem> {
    return this.refusal(exchangeFlow, {
      params: { flowId: flow.flowId },
      input: { handle, codeVerifier: flow.codeVerifier },
    });
  }
}

/** The problem details in a refusal. */
export async function refusalIn(response: Response): Promise<Problem> {
  const body: unknown = await response.json();
  if (response.status < 400) throw new Error(`not refused: ${response.status} ${JSON.stringify(body)}`);
  return Problem.parse(body);
}
