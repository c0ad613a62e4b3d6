import { z } from 'zod';
import { InstallationId, MemberId } from '../../shared/ids.ts';
import { MemberRole, type BrowserName } from '../../shared/member.ts';
import type { Statements } from './driver.ts';

/** An installation with the member it belongs to. */
export interface Installation {
  installationId: InstallationId;
  memberId: MemberId;
  memberName: string;
  role: MemberRole;
  groups: readonly string[];
  /** The version of the policy in force; 0 where the team has made none. */
  policyVersion: number;
  /** RFC 7638 SHA-256 thumbprint of its key, base64url. */
  thumbprint: string;
}

/** A row of `installationColumns`. */
export interface InstallationRow {
  installation_id: string;
  member_id: string;
  member_name: string;
  role: string;
  group_names: string;
  policy_version: number | null;
  thumbprint: string;
}

/** Columns of an installation `i` joined with its member `m`. */
export const installationColumns = `i.id AS installation_id, i.member_id, m.name AS member_name, m.role, m.group_names, i.thumbprint,
  (SELECT MAX(version) FROM policies) AS policy_version`;

const noGroups: readonly string[] = [];

/** Parses the group names of a member; most members are in no group. */
export const groupsIn = (text: string): readonly string[] =>
  text === '[]' ? noGroups : z.array(z.string()).parse(JSON.parse(text));

/** The installation in a row of `installationColumns`. */
export const installationOf = (row: InstallationRow): Installation => ({
  installationId: InstallationId.parse(row.installation_id),
  memberId: MemberId.parse(row.member_id),
  memberName: row.member_name,
  role: MemberRole.parse(row.role),
  groups: groupsIn(row.group_names),
  policyVersion: row.policy_version ?? 0,
  thumbprint: row.thumbprint,
});

/** A new installation. */
export interface NewInstallation {
  id: InstallationId;
  name: string;
  browser: BrowserName | null;
  thumbprint: string;
}

/** Adds an installation of a member. A key that is enrolled already moves: the same browser profile was invited again. */
export async function insertInstallation(
  statements: Statements,
  { id, name, browser, thumbprint }: NewInstallation,
  memberId: string,
  nowMs: number,
): Promise<Installation | null> {
  await statements.run('DELETE FROM installations WHERE thumbprint = ?', thumbprint);
  await statements.run(
    `INSERT INTO installations (id, member_id, name, browser_name, browser_version, thumbprint, created_at_ms,
       last_seen_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    memberId,
    name,
    browser?.name ?? null,
    browser?.version ?? null,
    thumbprint,
    nowMs,
    nowMs,
  );
  return findInstallation(statements, thumbprint);
}

/** The installation that owns the key with this thumbprint. */
export async function findInstallation(
  statements: Statements,
  thumbprint: string,
): Promise<Installation | null> {
  const row = await statements.get<InstallationRow>(
    `SELECT ${installationColumns} FROM installations i JOIN members m ON m.id = i.member_id WHERE i.thumbprint = ?`,
    thumbprint,
  );
  return row === undefined ? null : installationOf(row);
}

/** Locks the installation until the transaction ends, so that it is not removed meanwhile; false if it was removed. */
export async function holdInstallation(statements: Statements, id: InstallationId): Promise<boolean> {
  return (
    (await statements.run('UPDATE installations SET last_seen_at_ms = last_seen_at_ms WHERE id = ?', id)) ===
    1
  );
}

/** Notes that a session of this installation was presented with a different key. */
export async function markMisused(statements: Statements, id: InstallationId, nowMs: number): Promise<void> {
  await statements.run('UPDATE installations SET misused_at_ms = ? WHERE id = ?', nowMs, id);
}

/** An installation in the administrator's list. */
export interface ListedInstallation extends Installation {
  name: string;
  browser: BrowserName | null;
  createdAtMs: number;
  /** When it opened its last session, or last used one. */
  lastUsedAtMs: number;
}

/** Every installation, by member. */
export async function listInstallations(statements: Statements): Promise<ListedInstallation[]> {
  const rows = await statements.all<
    InstallationRow & {
      name: string;
      browser_name: string | null;
      browser_version: string | null;
      created_at_ms: number;
      last_seen_at_ms: number;
      last_used_at_ms: number | null;
    }
  >(
    `SELECT ${installationColumns}, i.name, i.browser_name, i.browser_version, i.created_at_ms, i.last_seen_at_ms,
       (SELECT MAX(s.last_used_at_ms) FROM sessions s WHERE s.installation_id = i.id) AS last_used_at_ms
     FROM installations i JOIN members m ON m.id = i.member_id ORDER BY m.name, m.id, i.created_at_ms, i.id`,
  );
  return rows.map((row) =>
    Object.assign(installationOf(row), {
      name: row.name,
      browser:
        row.browser_name === null || row.browser_version === null
          ? null
          : { name: row.browser_name, version: row.browser_version },
      createdAtMs: row.created_at_ms,
      lastUsedAtMs: Math.max(row.last_seen_at_ms, row.last_used_at_ms ?? 0),
    }),
  );
}

/**
 * Removes one installation, or all of a member's, with their sessions and open flows: each is refused from its next call on.
 *
 * @param id of an installation or of a member
 * @returns the ids of the removed installations, each with its member
 */
export async function removeInstallations(
  statements: Statements,
  id: string,
): Promise<Array<{ id: string; memberId: string }>> {
  const rows = await statements.all<{ id: string; member_id: string }>(
    'DELETE FROM installations WHERE id = ? OR member_id = ? RETURNING id, member_id',
    id,
    id,
  );
  return rows.map((row) => ({ id: row.id, memberId: row.member_id }));
}
