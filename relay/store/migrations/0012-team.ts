import type { Migration } from './migration.ts';

/** Connections of the team's, and who may do what. */
export const team: Migration = {
  id: 12,
  sql: `
    ALTER TABLE connections ADD COLUMN shared_with TEXT;
    CREATE INDEX connections_shared ON connections (id) WHERE shared_with IS NOT NULL;
    ALTER TABLE flows ADD COLUMN for_team INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE device_flows ADD COLUMN for_team INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE policies (
      version INTEGER PRIMARY KEY,
      text TEXT NOT NULL,
      changed_at_ms INTEGER NOT NULL
    ) STRICT;
  `,
};
