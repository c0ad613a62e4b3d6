import type { Migration } from './migration.ts';

/** Groups of members, what browsers installations are, invites that can be read out, and who did what to whom. */
export const people: Migration = {
  id: 11,
  sql: `
    ALTER TABLE members ADD COLUMN group_names TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE installations ADD COLUMN browser_name TEXT;
    ALTER TABLE installations ADD COLUMN browser_version TEXT;
    ALTER TABLE invites ADD COLUMN short_hash TEXT;
    ALTER TABLE invites ADD COLUMN short_until_ms INTEGER NOT NULL DEFAULT 0;
    CREATE UNIQUE INDEX invites_by_short_hash ON invites (short_hash);
    ALTER TABLE audit ADD COLUMN actor_id TEXT;
  `,
};
