import type { SqlValue, Statements } from './driver.ts';

/** One entry of the audit log as kept. */
export interface AuditEntry {
  /** 1, 2, 3, …, without gaps. */
  sequence: number;
  atMs: number;
  event: string;
  outcome: 'done' | 'refused';
  actorId: string | null;
  requestId: string | null;
  memberId: string | null;
  installationId: string | null;
  connectionId: string | null;
  flowId: string | null;
  providerId: string | null;
  /** Keyed hash of the token it is about. */
  tokenHash: string | null;
  /** Keyed hash of this entry and the one before. */
  hash: string;
}

/** The newest entry's place and hash. */
interface AuditHead {
  sequence: number;
  hash: string;
}

/** Takes the next `count` places and, in a transaction, keeps all other writers out; answers the head as it was. */
export async function advanceHead(statements: Statements, count: number): Promise<AuditHead> {
  const head = await statements.get<AuditHead>(
    'UPDATE audit_head SET sequence = sequence + ? WHERE id = 1 RETURNING sequence, hash',
    count,
  );
  if (head === undefined) throw new Error('the audit log has no head');
  return { ...head, sequence: head.sequence - count };
}

/** The newest entry's place and hash. */
export async function readHead(statements: Statements): Promise<AuditHead> {
  const head = await statements.get<AuditHead>('SELECT sequence, hash FROM audit_head WHERE id = 1');
  if (head === undefined) throw new Error('the audit log has no head');
  return head;
}

/** Sets the hash of the newest entry. */
export async function moveHead(statements: Statements, hash: string): Promise<void> {
  await statements.run('UPDATE audit_head SET hash = ? WHERE id = 1', hash);
}

/** Adds one entry. */
export async function appendEntry(statements: Statements, entry: AuditEntry): Promise<void> {
  await statements.run(
    `INSERT INTO audit (sequence, at_ms, event, outcome, request_id, member_id, installation_id, connection_id,
       flow_id, provider_id, token_hash, hash, actor_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    entry.sequence,
    entry.atMs,
    entry.event,
    entry.outcome,
    entry.requestId,
    entry.memberId,
    entry.installationId,
    entry.connectionId,
    entry.flowId,
    entry.providerId,
    entry.tokenHash,
    entry.hash,
    entry.actorId,
  );
}

const columns = `sequence, at_ms AS "atMs", event, outcome, actor_id AS "actorId", request_id AS "requestId",
  member_id AS "memberId", installation_id AS "installationId", connection_id AS "connectionId", flow_id AS "flowId",
  provider_id AS "providerId", token_hash AS "tokenHash", hash`;

/** Entries after place `after`, oldest first. */
export async function listEntries(
  statements: Statements,
  after: number,
  limit: number,
): Promise<AuditEntry[]> {
  return statements.all<AuditEntry>(
    `SELECT ${columns} FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?`,
    after,
    limit,
  );
}

/** Which entries are looked for: all of what is given, at once. */
export interface AuditFilter {
  /** Only entries before this place. */
  before?: number | null | undefined;
  /** About this member, or done by them. */
  memberId?: string | null | undefined;
  connectionId?: string | null | undefined;
  event?: string | null | undefined;
  /** From this moment on, epoch milliseconds. */
  sinceMs?: number | null | undefined;
  /** Before this moment, epoch milliseconds. */
  untilMs?: number | null | undefined;
  /** Part of the event, of an id, or of a provider, in small letters or capitals. */
  text?: string | null | undefined;
  limit: number;
}

/** Everything of an entry that can be looked for by a part of it. */
const searched = [
  'event',
  'actor_id',
  'request_id',
  'member_id',
  'installation_id',
  'connection_id',
  'flow_id',
  'provider_id',
]
  .map((column) => `COALESCE(${column}, '')`)
  .join(" || ' ' || ");

/** Entries that fit, newest first. */
export async function findEntries(
  statements: Statements,
  { before, memberId, connectionId, event, sinceMs, untilMs, text, limit }: AuditFilter,
): Promise<AuditEntry[]> {
  const pattern = text == null ? null : `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const conditions: Array<[sql: string, value: SqlValue | undefined]> = [
    ['sequence < ?', before],
    ['(member_id = ? OR actor_id = ?)', memberId],
    ['connection_id = ?', connectionId],
    ['event = ?', event],
    ['at_ms >= ?', sinceMs],
    ['at_ms < ?', untilMs],
    // One database tells capitals from small letters and the other does not.
    [`LOWER(${searched}) LIKE LOWER(CAST(? AS TEXT)) ESCAPE '\\'`, pattern],
  ];
  // A condition that is there for any value keeps a database from using an index for it.
  const given = conditions.flatMap(([sql, value]) => (value == null ? [] : [{ sql, value }]));
  const where = given.length === 0 ? '' : `WHERE ${given.map(({ sql }) => sql).join(' AND ')}`;
  const values = given.flatMap(({ sql, value }) => Array<SqlValue>(sql.split('?').length - 1).fill(value));
  return statements.all<AuditEntry>(
    `SELECT ${columns} FROM audit ${where} ORDER BY sequence DESC LIMIT ?`,
    ...values,
    limit,
  );
}
