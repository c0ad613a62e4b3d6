import type { Migration } from './migration.ts';

/** Writes that somebody of the team is making, or has just made, at a provider that makes two of two. */
export const writes: Migration = {
  id: 8,
  sql: `
    CREATE TABLE writes (
      key TEXT PRIMARY KEY,
      member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
      until_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX writes_by_end ON writes (until_ms);
  `,
};
