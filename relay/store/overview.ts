import type { Statements } from './driver.ts';

/** How many connections to a provider are in one state. */
export interface ConnectionCount {
  providerId: string;
  status: string;
  count: number;
}

/** Connections by provider and state. */
export const countConnections = (statements: Statements): Promise<ConnectionCount[]> =>
  statements.all<ConnectionCount>(
    `SELECT provider_id AS "providerId", status, count(*) AS count FROM connections
     GROUP BY provider_id, status ORDER BY provider_id, status`,
  );

/** How many people and installations there are, and how many were seen since `sinceMs`. */
export interface Head {
  members: number;
  activeMembers: number;
  installations: number;
  activeInstallations: number;
}

/** Counts people and installations. */
export async function countHeads(statements: Statements, sinceMs: number): Promise<Head> {
  const row = await statements.get<Head>(
    `SELECT (SELECT count(*) FROM members WHERE role <> 'team') AS members, count(*) AS installations,
       count(DISTINCT CASE WHEN last_seen_at_ms >= ? THEN member_id END) AS "activeMembers",
       count(CASE WHEN last_seen_at_ms >= ? THEN 1 END) AS "activeInstallations" FROM installations`,
    sinceMs,
    sinceMs,
  );
  return row ?? { members: 0, activeMembers: 0, installations: 0, activeInstallations: 0 };
}

/** Newest entries of the audit log that are looked at for a count: a busy team's week, at most. */
const entriesMax = 100_000;

/** How often something happened with one provider in one day. */
export interface DayCount {
  /** 0 for the 24 hours from `startMs` on, 1 for the next. */
  day: number;
  event: string;
  providerId: string | null;
  count: number;
}

/** Counts what became of connections, by day, from `startMs` on. */
export const countDays = (statements: Statements, startMs: number): Promise<DayCount[]> =>
  statements.all<DayCount>(
    `SELECT (at_ms - CAST(? AS BIGINT)) / 86400000 AS day, event, provider_id AS "providerId", count(*) AS count
     FROM audit
     WHERE sequence > (SELECT sequence FROM audit_head WHERE id = 1) - ${entriesMax} AND at_ms >= ?
       AND event IN ('connection_refreshed', 'refresh_in_doubt', 'connection_ended', 'exchange_refused')
     GROUP BY 1, 2, 3`,
    startMs,
    startMs,
  );
