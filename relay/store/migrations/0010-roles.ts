import type { Migration } from './migration.ts';

/** What a member may do for the whole team. */
export const rolesColumn: Migration = {
  id: 10,
  sql: `ALTER TABLE members ADD COLUMN role TEXT NOT NULL DEFAULT 'member';`,
};
