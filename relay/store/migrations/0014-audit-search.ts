import type { Migration } from './migration.ts';

/** The audit log as it is looked through: by member, by who did it, and by event, newest first. */
export const auditSearch: Migration = {
  id: 14,
  sql: `
    CREATE INDEX audit_by_member ON audit (member_id, sequence);
    CREATE INDEX audit_by_actor ON audit (actor_id, sequence);
    CREATE INDEX audit_by_event ON audit (event, sequence);
  `,
};
