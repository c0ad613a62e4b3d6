import { z } from 'zod';
import { verifyAudit } from '../../audit.ts';
import { findEntries } from '../../store/audit.ts';
import { columns, defineCommand, Moment, momentOf } from '../command.ts';

const Entry = z.object({
  sequence: z.int(),
  at: Moment,
  event: z.string(),
  outcome: z.string(),
  /** Who did it to somebody else: an administrator, or `operator` for a command. */
  actorId: z.string().nullable(),
  memberId: z.string().nullable(),
  installationId: z.string().nullable(),
  connectionId: z.string().nullable(),
  flowId: z.string().nullable(),
  providerId: z.string().nullable(),
  requestId: z.string().nullable(),
});

/** What happened. */
export const auditList = defineCommand({
  words: 'audit list',
  summary: 'list the newest entries of the audit log, oldest first; "audit" alone does the same',
  options: {
    '--since <time>': 'only from then on, such as 2026-11-20 or 2026-11-20T08:00Z',
    '--member <id>': 'only what is about this member (mem_…), or done by them',
    '--event <name>': 'only events of this name, such as connection_made',
    '--limit <count>': 'at most so many (50)',
  },
  example: 'audit --since 2026-11-20 --event connection_made',
  input: z.object({
    since: z
      .string()
      .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'must be a time such as 2026-11-20' })
      .transform((text) => Date.parse(text))
      .optional(),
    member: z.string().optional(),
    event: z.string().optional(),
    limit: z.coerce.number({ error: 'must be a number' }).int().positive().max(1_000_000).default(50),
  }),
  output: z.object({ entries: z.array(Entry) }),
  async run({ open }, { since, member, event, limit }) {
    const { store } = await open();
    const entries = await findEntries(store, { sinceMs: since, memberId: member, event, limit });
    return {
      entries: entries.toReversed().map(({ atMs, ...entry }) => Object.assign(entry, { at: momentOf(atMs) })),
    };
  },
  text: ({ entries }) =>
    columns(
      entries.map((entry) => [
        String(entry.sequence),
        entry.at,
        entry.event,
        entry.outcome,
        [
          entry.actorId === null ? null : `by ${entry.actorId}:`,
          entry.memberId,
          entry.installationId,
          entry.connectionId,
          entry.flowId,
          entry.providerId,
        ]
          .filter((id) => id !== null)
          .join(' '),
      ]),
    ),
});

/** Whether the log is whole. */
export const auditVerify = defineCommand({
  words: 'audit verify',
  summary: 'find an altered, removed or re-ordered entry of the audit log',
  detail:
    'It prints the head of the chain. Note it somewhere else and give it later, to notice that the newest entries were cut off.',
  arguments: { '[head]': 'a head that was noted earlier, SEQUENCE:HASH' },
  example: 'audit verify',
  input: z.object({ head: z.string().optional() }),
  output: z.discriminatedUnion('isWhole', [
    z.object({ isWhole: z.literal(true), entries: z.int(), head: z.string() }),
    z.object({
      isWhole: z.literal(false),
      entries: z.int(),
      sequence: z.int(),
      fault: z.enum(['altered', 'missing', 'cut-off']),
    }),
  ]),
  run: async ({ open }, { head }) => verifyAudit(await open(), head),
  text: (verdict) => [
    verdict.isWhole
      ? `Whole: ${verdict.entries} entries. Head: ${verdict.head}`
      : `Not whole: entry ${verdict.sequence} is ${verdict.fault}; the ${verdict.entries} before it are whole.`,
  ],
  isGood: ({ isWhole }) => isWhole,
});
