import type { Migration } from './migration.ts';

/** Since when nothing is sealed with a vault key any more; apart, so that an older database can be looked at as it is. */
export const retiredKeys: Migration = {
  id: 15,
  sql: `
    CREATE TABLE retired_keys (
      key_id TEXT PRIMARY KEY,
      retired_at_ms INTEGER NOT NULL
    ) STRICT;
  `,
};
