import { z } from 'zod';
import { ConnectionId, MemberId } from '../../shared/ids.ts';
import { NoticeKind } from '../../shared/provider.ts';
import type { Statements } from './driver.ts';

/** Where a provider tells of what happens in one account. */
export interface Webhook {
  /** Part of the address that the provider delivers to, so not to be guessed. */
  id: string;
  providerId: string;
  /** What it is for, in the provider's own terms; several members may share it. */
  account: string;
  /** The provider's id of it; null until the provider has made it. */
  remoteId: string | null;
  /** Sealed; null where the provider signs with a key of its own. */
  secret: string | null;
  createdAtMs: number;
}

interface WebhookRow {
  id: string;
  provider_id: string;
  account: string;
  remote_id: string | null;
  secret: string | null;
  created_at_ms: number;
}

const webhookOf = (row: WebhookRow): Webhook => ({
  id: row.id,
  providerId: row.provider_id,
  account: row.account,
  remoteId: row.remote_id,
  secret: row.secret,
  createdAtMs: row.created_at_ms,
});

/** What a member wants to be told of an account. */
export interface NoticeWish {
  webhookId: string;
  connectionId: ConnectionId;
  memberId: MemberId;
  /** The company that was asked for; null where the account has one only. */
  companyId: number | null;
  kinds: NoticeKind[];
}

interface WishRow {
  webhook_id: string;
  connection_id: string;
  member_id: string;
  company_id: number | null;
  kinds: string;
}

const wishOf = (row: WishRow): NoticeWish => ({
  webhookId: row.webhook_id,
  connectionId: ConnectionId.parse(row.connection_id),
  memberId: MemberId.parse(row.member_id),
  companyId: row.company_id,
  kinds: z.array(NoticeKind).parse(JSON.parse(row.kinds)),
});

/** Adds a webhook unless its account has one; of two that try at once exactly one gets true. */
export async function insertWebhook(statements: Statements, webhook: Webhook): Promise<boolean> {
  const added = await statements.run(
    `INSERT INTO webhooks (id, provider_id, account, remote_id, secret, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (provider_id, account) DO NOTHING`,
    webhook.id,
    webhook.providerId,
    webhook.account,
    webhook.remoteId,
    webhook.secret,
    webhook.createdAtMs,
  );
  return added === 1;
}

/** Notes what the provider calls it and signs it with. */
export async function confirmWebhook(
  statements: Statements,
  id: string,
  remoteId: string,
  secret: string | null,
): Promise<void> {
  await statements.run('UPDATE webhooks SET remote_id = ?, secret = ? WHERE id = ?', remoteId, secret, id);
}

/** The webhook with this id. */
export async function findWebhook(statements: Statements, id: string): Promise<Webhook | null> {
  const row = await statements.get<WebhookRow>('SELECT * FROM webhooks WHERE id = ?', id);
  return row === undefined ? null : webhookOf(row);
}

/** The webhook of an account. */
export async function findWebhookOf(
  statements: Statements,
  providerId: string,
  account: string,
): Promise<Webhook | null> {
  const row = await statements.get<WebhookRow>(
    'SELECT * FROM webhooks WHERE provider_id = ? AND account = ?',
    providerId,
    account,
  );
  return row === undefined ? null : webhookOf(row);
}

/** Forgets a webhook with all that was wished and heard of it. */
export async function deleteWebhook(statements: Statements, id: string): Promise<void> {
  await statements.run('DELETE FROM webhooks WHERE id = ?', id);
}

/** Whether anybody wants to hear of it. */
export async function isWished(statements: Statements, webhookId: string): Promise<boolean> {
  const row = await statements.get('SELECT 1 FROM notice_wishes WHERE webhook_id = ? LIMIT 1', webhookId);
  return row !== undefined;
}

/** Puts a connection's wish in the place of the one before. */
export async function saveWish(statements: Statements, wish: NoticeWish): Promise<void> {
  await statements.run(
    `INSERT INTO notice_wishes (webhook_id, connection_id, member_id, company_id, kinds) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (connection_id) DO UPDATE SET webhook_id = excluded.webhook_id, company_id = excluded.company_id,
       kinds = excluded.kinds`,
    wish.webhookId,
    wish.connectionId,
    wish.memberId,
    wish.companyId,
    JSON.stringify(wish.kinds),
  );
}

/** The wish of a connection. */
export async function findWish(
  statements: Statements,
  connectionId: ConnectionId,
): Promise<NoticeWish | null> {
  const row = await statements.get<WishRow>(
    'SELECT * FROM notice_wishes WHERE connection_id = ?',
    connectionId,
  );
  return row === undefined ? null : wishOf(row);
}

/** Forgets the wish of a connection; what it was, or null where there was none. */
export async function deleteWish(
  statements: Statements,
  connectionId: ConnectionId,
): Promise<NoticeWish | null> {
  const row = await statements.get<WishRow>(
    'DELETE FROM notice_wishes WHERE connection_id = ? RETURNING *',
    connectionId,
  );
  return row === undefined ? null : wishOf(row);
}

/** An event as kept until everybody has heard of it. */
export interface StoredNotice {
  id: string;
  webhookId: string;
  /** Null for an event that is nothing to a member: it is only recognised when it comes again. */
  kind: NoticeKind | null;
  /** Sealed: it may name people. */
  notice: string | null;
  atMs: number;
}

/** Keeps an event; false where it was there already. */
export async function insertNotice(statements: Statements, notice: StoredNotice): Promise<boolean> {
  const added = await statements.run(
    `INSERT INTO notices (id, webhook_id, kind, notice, at_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    notice.id,
    notice.webhookId,
    notice.kind,
    notice.notice,
    notice.atMs,
  );
  return added === 1;
}

/** A notice, and a member who wants to hear of it. */
export interface WishedNotice {
  id: string;
  memberId: MemberId;
  providerId: string;
  kind: NoticeKind;
  notice: string;
  atMs: number;
}

/**
 * What members with a working connection of their own want to hear of, since `sinceMs`, oldest first.
 *
 * @param memberId one member alone; null for all
 */
export async function listWishedNotices(
  statements: Statements,
  sinceMs: number,
  memberId: MemberId | null,
  limit: number,
): Promise<WishedNotice[]> {
  const rows = await statements.all<{
    id: string;
    member_id: string;
    provider_id: string;
    kind: string;
    kinds: string;
    notice: string;
    at_ms: number;
  }>(
    `SELECT notices.id, notice_wishes.member_id, webhooks.provider_id, notices.kind, notice_wishes.kinds,
       notices.notice, notices.at_ms
     FROM notices JOIN webhooks ON webhooks.id = notices.webhook_id
       JOIN notice_wishes ON notice_wishes.webhook_id = notices.webhook_id
       JOIN connections ON connections.id = notice_wishes.connection_id
         AND connections.member_id = notice_wishes.member_id
     WHERE notices.at_ms >= ? AND notices.notice IS NOT NULL AND connections.status = 'active'
       AND (CAST(? AS TEXT) IS NULL OR notice_wishes.member_id = ?)
     ORDER BY notices.at_ms LIMIT ?`,
    sinceMs,
    memberId,
    memberId,
    limit,
  );
  return rows.flatMap(({ kinds, ...row }) => {
    const kind = NoticeKind.parse(row.kind);
    if (!z.array(NoticeKind).parse(JSON.parse(kinds)).includes(kind)) return [];
    const memberOf = MemberId.parse(row.member_id);
    return [
      {
        id: row.id,
        memberId: memberOf,
        providerId: row.provider_id,
        kind,
        notice: row.notice,
        atMs: row.at_ms,
      },
    ];
  });
}

/** Forgets events that nobody will be told of any more, and whose repetition would be refused for its age. */
export async function deleteNoticesBefore(statements: Statements, beforeMs: number): Promise<number> {
  return statements.run('DELETE FROM notices WHERE at_ms < ?', beforeMs);
}
