import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionId } from '../ids.ts';
import { NoticeKind } from '../provider.ts';

/** Something that happened at a provider, in the few words that a browser's notification has room for. */
export const Notice = z.object({
  /** The same however often it is told. */
  id: z.string().max(200),
  providerId: z.string().max(41),
  kind: NoticeKind,
  /** What it is about: an invoice's number, a task's title; empty where the provider sends ids only. */
  title: z.string().max(200),
  /** In minor units; null where it is not about money. */
  amount: z.object({ amount: z.int(), currency: z.string().regex(/^[A-Z]{3}$/) }).nullable(),
  /** When the relay heard of it, epoch milliseconds. */
  atMs: z.int(),
});
/** Something that happened at a provider. */
export type Notice = z.infer<typeof Notice>;

/**
 * Says what the member wants to be told of; nothing ends it.
 *
 * The relay then has the provider send it what happens in the account (of `companyId`, where it has several).
 */
export const setNotices = defineEndpoint({
  id: 'setNotices',
  summary: 'Say what of an account the member wants to be told of',
  method: 'POST',
  path: '/v1/connections/:connectionId/notices',
  access: 'session',
  params: z.object({ connectionId: ConnectionId }),
  input: z.strictObject({ kinds: z.array(NoticeKind).max(20), companyId: z.int().positive().nullable() }),
  output: z.object({ kinds: z.array(NoticeKind) }),
  failures: ['not-found', 'not-allowed', 'missing-scope', 'missing-permission', 'provider-down'],
});

/**
 * Path of the stream of notices: `GET`, signed and on a session like every call, with `?since=` (epoch milliseconds).
 *
 * The answer is lines of JSON (`NoticeLine`) for as long as both sides like. One notice may come more than once.
 */
export const noticesPath = '/v1/notices';

/** How often the relay says that the stream is alive, in milliseconds: well within the 30 s after which Chrome ends an idle worker. */
export const noticeBeatMs = 15_000;

/** One line of the stream. */
export const NoticeLine = z.union([z.object({ notice: Notice }), z.object({ beatAtMs: z.int() })]);
/** One line of the stream. */
export type NoticeLine = z.infer<typeof NoticeLine>;
