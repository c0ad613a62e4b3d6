import type { Migration } from './migration.ts';

/** What the instances of a relay have counted together, of the busiest keys in the present minute. */
export const rates: Migration = {
  id: 4,
  sql: `
    CREATE TABLE rate_counts (
      key_hash TEXT NOT NULL,
      window_number INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (key_hash, window_number)
    ) STRICT;
    CREATE INDEX flows_by_installation ON flows (installation_id, expires_at_ms);
  `,
};
