import { z } from 'zod';
import { verifyAudit } from '../../audit.ts';
import { listEntries, type AuditEntry } from '../../store/audit.ts';
import type { Statements } from '../../store/driver.ts';
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

/** How many entries are read at a time. */
const pageSize = 1_000;

/** The newest `limit` entries that fit, oldest first. */
async function newest(
  statements: Statements,
  limit: number,
  fits: (entry: AuditEntry) => boolean,
): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for (let after = 0; ;) {
    const page = await listEntries(statements, after, pageSize);
    found.push(...page.filter(fits));
    found.splice(0, Math.max(found.length - limit, 0));
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return found;
    after = last.sequence;
  }
}

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
  async run({ open }, { since = 0, member, event, limit }) {
    const { store } = await open();
    const entries = await newest(
      store,
      limit,
      (entry) =>
        entry.atMs >= since &&
        (member === undefined || entry.memberId === member || entry.actorId === member) &&
        (event === undefined || entry.event === event),
    );
    return { entries: entries.map(({ atMs, ...entry }) => Object.assign(entry, { at: momentOf(atMs) })) };
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
