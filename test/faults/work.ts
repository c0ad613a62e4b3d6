import { hash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { brokeredPath } from '../../shared/api/broker.ts';
import type { Connection } from '../../shared/api/connections.ts';
import { createGrant, Grant } from '../../shared/api/grants.ts';
import { claimWrite, settleWrite } from '../../shared/api/writes.ts';
import { readProblem } from '../../shared/failure.ts';
import type { Installation } from '../relay/installation.ts';

/** One member's browser and what it works with. */
export interface Desk {
  installation: Installation;
  connection: Connection;
}

/** What a piece of work came to. */
export interface Tally {
  calls: number;
  /** How often nobody who could serve was reached, and the call was made again. */
  again: number;
  /** Calls that were refused for good, by what the refusal said. */
  failures: string[];
  /** Milliseconds of each call, from the first attempt to the answer. */
  latencies: number[];
}

/** An empty one. */
export const newTally = (): Tally => ({ calls: 0, again: 0, failures: [], latencies: [] });

/** Answers that say "try again": of nginx without a relay, and of a relay without its database or provider. */
const passing = new Set([502, 503, 504]);

/** For how long somebody tries again, in milliseconds, and how long they wait before. */
const patienceMs = 15_000;
const againMs = 20;

/** Makes one call, with a new proof for each attempt, as the extension does; the answer, whatever it says. */
export async function answered(tally: Tally, send: () => Promise<Response>): Promise<Response> {
  const startedAt = performance.now();
  for (;;) {
    const isLast = performance.now() - startedAt > patienceMs;
    const response = await send().catch((error: unknown) => {
      if (isLast) throw error;
      return null;
    });
    if (response !== null && (isLast || !passing.has(response.status))) {
      tally.calls += 1;
      tally.latencies.push(performance.now() - startedAt);
      return response;
    }
    await response?.body?.cancel();
    tally.again += 1;
    await pause(againMs);
  }
}

/** The same where the answer has to be a success. */
export async function served(tally: Tally, send: () => Promise<Response>): Promise<Response> {
  const response = await answered(tally, send);
  if (!response.ok) tally.failures.push(`${response.status} ${await response.clone().text()}`);
  return response;
}

/**
 * The same of what only reads: a balancer may have sent it to two relays, and the second has seen the proof before. Then
 * it is asked for once more with a new proof, as the extension does.
 */
export async function read(tally: Tally, send: () => Promise<Response>): Promise<Response> {
  let isRepeated = false;
  return served(tally, async () => {
    const response = await send();
    const isReplay = response.headers.get('www-authenticate')?.includes('invalid_dpop_proof') === true;
    if (!isReplay || isRepeated) return response;
    isRepeated = true;
    tally.again += 1;
    await response.body?.cancel();
    return send();
  });
}

/** What a refusal is called. */
export async function nameOf(response: Response): Promise<string> {
  return readProblem(await response.json()).code;
}

/** Asks for a token; null where it is refused. */
export async function grantTo({ installation, connection }: Desk, tally: Tally): Promise<Grant | null> {
  const exchange = { params: { connectionId: connection.id }, input: {} };
  const response = await served(tally, () => installation.request(createGrant, exchange));
  return Grant.safeParse(await response.json()).data ?? null;
}

/** Calls the provider through the relay. */
export function broker(
  { installation, connection }: Desk,
  method: 'GET' | 'POST',
  path: `/${string}`,
  body?: object,
  idempotencyKey?: string,
): Promise<Response> {
  const [pathname = '', query] = brokeredPath(connection.id, path).split('?');
  const request = {
    method,
    path: pathname,
    body: body === undefined ? undefined : JSON.stringify(body),
    access: 'session' as const,
  };
  return installation.ask(request, {
    ...(query === undefined ? {} : { url: `${installation.relay.publicUrl}${pathname}?${query}` }),
    ...(idempotencyKey === undefined ? {} : { headers: { 'Idempotency-Key': idempotencyKey } }),
  });
}

/** Writes a note on a contact in Stora; the key is the same however often the call has to be made. */
export async function writeNote(desk: Desk, contactId: string, content: string, tally: Tally): Promise<void> {
  const key = randomUUID();
  const note = { content, resource: { type: 'contact', id: contactId } };
  await served(tally, () => broker(desk, 'POST', '/2025-09/notes', note, key));
}

const clients = '/c/101/entities/clients';

/** Makes a client in Fatture in Cloud as the extension does: looked for before each attempt, under the team's claim. */
export async function newClient(desk: Desk, name: string, tally: Tally): Promise<void> {
  const key = hash('sha256', name);
  const { installation } = desk;
  await served(tally, () => installation.request(claimWrite, { input: { key } }));
  const query = `?q=${encodeURIComponent(`name = '${name}'`)}`;
  const isThere = async (): Promise<boolean> =>
    (await (await read(tally, () => broker(desk, 'GET', `${clients}${query}`))).text()).includes(name);
  let made: Response | null = null;
  while (made === null && !(await isThere())) {
    const response = await broker(desk, 'POST', clients, { data: { name } });
    if (passing.has(response.status)) tally.again += 1;
    else made = response;
  }
  if (made?.ok === false) tally.failures.push(`${made.status} ${await made.text()}`);
  tally.calls += 1;
  await served(tally, () => installation.request(settleWrite, { input: { key, made: true } }));
}
