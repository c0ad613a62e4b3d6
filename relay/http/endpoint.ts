import type { Context } from 'hono';
import type { z } from 'zod';
import type { Access, Endpoint } from '../../shared/endpoint.ts';
import { contractHeaderName, matchContract } from '../../shared/contract.ts';
import { Failure } from '../../shared/failure.ts';
import type { Deps } from '../deps.ts';
import type { RelayApp, RelayEnv } from './env.ts';
import { bodyOf, headerOf, requestPath } from './incoming.ts';
import type { LimitKind } from '../traffic/limits.ts';
import { digest } from '../keys/random.ts';
import { Refusal } from '../failures/refusal.ts';
import { findSession, isTouchDue, touchSession } from '../store/sessions.ts';
import { markMisused, type Installation } from '../store/installations.ts';

/** Who sent a request: the key that signed it and, on a session, the installation that owns the key. */
type Caller<Required extends Access> = Required extends 'session' ? Installation : { thumbprint: string };

interface Exchange<Params, Input, Required extends Access> {
  params: Params;
  input: Input;
  caller: Caller<Required>;
  deps: Deps;
  requestId: string;
}

/** Endpoints whose every call is worth a limit of its own. */
const specialLimits: Readonly<Record<string, LimitKind>> = {
  createEnrolment: 'enrolment',
  createSignIn: 'enrolment',
  exchangeSignIn: 'enrolment',
  createFlow: 'flow',
  exchangeFlow: 'flow',
  createDeviceFlow: 'flow',
  createManualConnection: 'flow',
};

/** Refusals that a faithful extension meets: a nonce that has ended, a session that has, a clock that is off. */
const isOrdinary = (error: unknown): boolean =>
  error instanceof Failure && ['nonce-required', 'session-expired', 'clock'].includes(error.code);

/** Largest request body, in bytes: no request of the API comes near it. */
const bodyBytesMax = 32 * 1024;

/**
 * Serves one endpoint of the contract: authenticates, parses what comes in, runs `handler`, parses what goes out.
 *
 * A body that does not fit the contract is never read further than the first fault; values are never echoed.
 */
export function serve<
  Params extends z.ZodObject,
  Input extends z.ZodType,
  Output extends z.ZodType,
  Required extends Access,
>(
  app: RelayApp,
  endpoint: Endpoint<Params, Input, Output, Required>,
  handler: (exchange: Exchange<z.infer<Params>, z.infer<Input>, Required>) => Promise<z.input<Output>>,
): void {
  app.on(endpoint.method, endpoint.path, async (c, next) => {
    const { deps, requestId } = c.var;
    // Hono gives HEAD to the GET handler; none here is made for it.
    if (c.req.method !== endpoint.method) return next();
    const caller = await admit(c, endpoint.access, specialLimits[endpoint.id]);
    if ('role' in caller) refuseRole(endpoint, caller);
    const params = parseInput(endpoint.params, c.req.param());
    const { isNewer } = matchContract(headerOf(c, contractHeaderName));
    const body = endpoint.method === 'POST' ? await readJson(c) : {};
    const input = parseInput(endpoint.input, isNewer ? known(endpoint.input, body) : body);
    const output = await handler({ params, input, caller, deps, requestId });
    return c.json(endpoint.output.parse(output) as object);
  });
}

/** Refuses every other method on the paths of `endpoints`; after all of them are served. */
export function refuseOtherMethods(app: RelayApp, endpoints: readonly Endpoint[]): void {
  for (const [path, served] of Map.groupBy(endpoints, (endpoint) => endpoint.path)) {
    app.all(path, () => {
      throw new Refusal('method-refused', { Allow: served.map(({ method }) => method).join(', ') });
    });
  }
}

/** The one place where roles are looked at: an auditor reads, and what an administrator's call is says the contract. */
function refuseRole({ method, role }: Pick<Endpoint, 'method' | 'role'>, caller: Installation): void {
  if (role === undefined) {
    if (caller.role === 'auditor' && method !== 'GET') throw new Failure('blocked-by-admin');
    return;
  }
  const isEnough = caller.role === 'admin' || caller.role === role;
  if (!isEnough) throw new Failure('not-admin');
}

/**
 * Lets a request in: its limits, its proof, its session. The answer will carry the caller's next nonce.
 *
 * @param special a limit of its own, for what is worth one
 */
export async function admit<Required extends Access>(
  c: Context<RelayEnv>,
  access: Required,
  special?: LimitKind,
): Promise<Caller<Required>> {
  const { deps, address } = c.var;
  // Before the proof is looked at: that is what costs.
  if (access === 'proof') deps.limits.take('anonymous', address);
  else deps.limits.check('refused', address);
  const caller = await authenticate(c, access).catch((error: unknown) => {
    if (access === 'session' && !isOrdinary(error)) deps.limits.take('refused', address);
    throw error;
  });
  c.set('caller', caller);
  if ('memberId' in caller) {
    deps.limits.take('installation', caller.installationId);
    deps.limits.take('member', caller.memberId);
  }
  if (special !== undefined) {
    deps.limits.take(special, 'memberId' in caller ? caller.installationId : address);
  }
  // One answer, one new nonce: a working extension never has to ask for one.
  c.header('DPoP-Nonce', deps.proofs.issueNonce(caller.thumbprint));
  return caller as Caller<Required>; // authenticate answers what the access asks for
}

/** What the database keeps of the session token of a request that was let in on one. */
export const sessionHashOf = (c: Context<RelayEnv>): string =>
  digest(/^DPoP (\S{1,200})$/.exec(headerOf(c, 'authorization') ?? '')?.[1] ?? '');

async function authenticate(c: Context<RelayEnv>, access: Access): Promise<Caller<Access>> {
  const { deps } = c.var;
  const authorization = headerOf(c, 'authorization');
  const sessionToken = authorization === undefined ? null : /^DPoP (\S{1,200})$/.exec(authorization)?.[1];
  if (sessionToken === undefined || (sessionToken === null) !== (access === 'proof')) {
    throw new Failure(access === 'proof' ? 'request-invalid' : 'session-expired');
  }
  const { thumbprint } = await deps.proofs.verify({
    header: headerOf(c, 'dpop'),
    method: c.req.method,
    url: deps.config.publicUrl + requestPath(c),
    sessionToken,
  });
  if (sessionToken === null) return { thumbprint };
  return authenticateSession(c, digest(sessionToken), thumbprint);
}

async function authenticateSession(
  { var: { deps, requestId } }: Context<RelayEnv>,
  tokenHash: string,
  thumbprint: string,
): Promise<Installation> {
  const { sessions } = deps.config;
  const nowMs = deps.now();
  const session = await findSession(deps.store, tokenHash, sessions, nowMs);
  if (session === null) throw new Failure('session-expired');
  // The last part of check 12: the key behind the token is the key behind the proof.
  if (session.thumbprint !== thumbprint) {
    const { installationId, memberId } = session;
    await markMisused(deps.store, installationId, nowMs);
    await deps.audit.record({
      event: 'pop_failure',
      outcome: 'refused',
      requestId,
      installationId,
      memberId,
    });
    throw new Failure('proof-invalid');
  }
  if (isTouchDue(session.lastUsedAtMs, sessions.idleMs, nowMs)) {
    await touchSession(deps.store, tokenHash, nowMs);
  }
  return session;
}

/** What a newer extension says without what is not known here: such members are ordinary then, and a fault otherwise. */
function known(schema: z.ZodType, value: unknown): unknown {
  const issues = schema.safeParse(value).error?.issues ?? [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const unknown = new Set(
    issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
    ),
  );
  return Object.fromEntries(Object.entries(value).filter(([name]) => !unknown.has(name)));
}

function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Only names from the contract are repeated; a key that the caller made up is not.
  const fields = result.error.issues.map(({ path }) =>
    path.filter((part) => typeof part === 'string').join('.'),
  );
  throw new Failure('request-invalid', {
    fields: [...new Set(fields)].filter((field) => field !== '').slice(0, 20),
  });
}

/** Reads a JSON body of at most `bodyBytesMax`. */
async function readJson(c: Context<RelayEnv>): Promise<unknown> {
  const body = await bodyOf(c, bodyBytesMax);
  if (body.length === 0) return {};
  if (!/^application\/json(?:;|$)/i.test(headerOf(c, 'content-type') ?? '')) {
    throw new Failure('media-type-refused');
  }
  const text = body.toString('utf8');
  let value: unknown;
  let members: number;
  try {
    value = JSON.parse(text);
    members = countMembers(value);
  } catch (error) {
    // No JSON, or nested deeper than any stack: no contract is.
    throw new Failure('request-invalid', { cause: error });
  }
  // JSON.parse keeps the last of two members of one name; a proxy before us may have judged the first.
  const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined);
  if (written.length !== members) throw new Failure('request-invalid');
  return value;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, child) => sum + countMembers(child), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}
