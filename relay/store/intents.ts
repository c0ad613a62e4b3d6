import { z } from 'zod';
import { actionIds, type ActionId } from '../../shared/actions.ts';
import { ConnectionId, MemberId } from '../../shared/ids.ts';
import type { Statements } from './driver.ts';

/** `started`: the provider may or may not have it. `written`: it has; its timeline does not yet. */
const IntentStatus = z.enum(['started', 'written']);
/** How far a write has come. */
export type IntentStatus = z.infer<typeof IntentStatus>;

/** A write at a provider that is to leave an event on its timeline. */
export interface Intent {
  /** A UUID, also the write's `Idempotency-Key` and the event's `external.id`. */
  id: string;
  connectionId: ConnectionId;
  memberId: MemberId;
  actionId: ActionId;
  method: 'POST' | 'PATCH';
  path: string;
  /** Sealed: it names people. */
  body: string;
  status: IntentStatus;
  /** Whom it is about, as far as the body or the answer says. */
  contactId: string | null;
  attempts: number;
  dueAtMs: number;
  createdAtMs: number;
}

interface IntentRow {
  id: string;
  connection_id: string;
  member_id: string;
  action_id: string;
  method: string;
  path: string;
  body: string;
  status: string;
  contact_id: string | null;
  attempts: number;
  due_at_ms: number;
  created_at_ms: number;
}

const intentOf = (row: IntentRow): Intent => ({
  id: row.id,
  connectionId: ConnectionId.parse(row.connection_id),
  memberId: MemberId.parse(row.member_id),
  actionId: z.enum(actionIds).parse(row.action_id),
  method: z.enum(['POST', 'PATCH']).parse(row.method),
  path: row.path,
  body: row.body,
  status: IntentStatus.parse(row.status),
  contactId: row.contact_id,
  attempts: row.attempts,
  dueAtMs: row.due_at_ms,
  createdAtMs: row.created_at_ms,
});

/** Writes an intent down; one that is there already stays as it is. */
export async function insertIntent(statements: Statements, intent: Intent): Promise<void> {
  await statements.run(
    `INSERT INTO intents (id, connection_id, member_id, action_id, method, path, body, status, contact_id, attempts,
       due_at_ms, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    intent.id,
    intent.connectionId,
    intent.memberId,
    intent.actionId,
    intent.method,
    intent.path,
    intent.body,
    intent.status,
    intent.contactId,
    intent.attempts,
    intent.dueAtMs,
    intent.createdAtMs,
  );
}

/** Intents whose time has come, oldest first. */
export async function listDueIntents(
  statements: Statements,
  nowMs: number,
  limit: number,
): Promise<Intent[]> {
  const rows = await statements.all<IntentRow>(
    'SELECT * FROM intents WHERE due_at_ms <= ? ORDER BY due_at_ms LIMIT ?',
    nowMs,
    limit,
  );
  return rows.map(intentOf);
}

/** Takes an intent up until `untilMs`; of two that try at once exactly one gets true. */
export async function takeIntent(
  statements: Statements,
  { id, dueAtMs, status }: Intent,
  untilMs: number,
): Promise<boolean> {
  const changed = await statements.run(
    'UPDATE intents SET due_at_ms = ?, attempts = attempts + 1 WHERE id = ? AND due_at_ms = ? AND status = ?',
    untilMs,
    id,
    dueAtMs,
    status,
  );
  return changed === 1;
}

/** Notes that the provider has the write; its timeline is next. */
export async function markWritten(
  statements: Statements,
  id: string,
  contactId: string | null,
  nowMs: number,
): Promise<void> {
  await statements.run(
    `UPDATE intents SET status = 'written', contact_id = COALESCE(?, contact_id), due_at_ms = ?, attempts = 0
     WHERE id = ? AND status = 'started'`,
    contactId,
    nowMs,
    id,
  );
}

/** Puts an intent off. */
export async function postponeIntent(statements: Statements, id: string, untilMs: number): Promise<void> {
  await statements.run('UPDATE intents SET due_at_ms = ? WHERE id = ?', untilMs, id);
}

/** Forgets an intent: it is done, or was refused. */
export async function deleteIntent(statements: Statements, id: string): Promise<void> {
  await statements.run('DELETE FROM intents WHERE id = ?', id);
}
