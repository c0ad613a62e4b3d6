import { z } from 'zod';
import { defineEndpoint, NoParams } from '../endpoint.ts';
import { ConnectionId, MemberId } from '../ids.ts';

/** One entry of the audit log, without the hashes that chain it. */
export const AuditLine = z.object({
  /** 1, 2, 3, …, without gaps. */
  sequence: z.int(),
  /** Epoch milliseconds. */
  atMs: z.int(),
  event: z.string(),
  outcome: z.enum(['done', 'refused']),
  /** Who did it to somebody else: an administrator's id, or `operator` for the command line; null for oneself. */
  actorId: z.string().nullable(),
  requestId: z.string().nullable(),
  memberId: z.string().nullable(),
  installationId: z.string().nullable(),
  connectionId: z.string().nullable(),
  flowId: z.string().nullable(),
  providerId: z.string().nullable(),
});
/** One entry of the audit log, without the hashes that chain it. */
export type AuditLine = z.infer<typeof AuditLine>;

/** Which entries are wanted: all of these at once. */
export const AuditQuery = z.strictObject({
  /** Only entries before this place: how one goes on reading. */
  before: z.int().positive().optional(),
  limit: z.int().min(1).max(200).default(100),
  /** About this member, or done by them. */
  memberId: MemberId.optional(),
  connectionId: ConnectionId.optional(),
  event: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .optional(),
});
/** Which entries are wanted. */
export type AuditQuery = z.infer<typeof AuditQuery>;

/** Reads the audit log, the newest entries first. */
export const readAudit = defineEndpoint({
  id: 'readAudit',
  summary: 'Read the audit log, newest first',
  method: 'POST',
  path: '/v1/audit',
  access: 'session',
  role: 'auditor',
  params: NoParams,
  input: AuditQuery,
  output: z.object({ entries: z.array(AuditLine) }),
  failures: ['not-admin'],
});
