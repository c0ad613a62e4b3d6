import type { Migration } from './migration.ts';

/** Attempts to connect with a code that the member types at the provider. */
export const deviceFlows: Migration = {
  id: 3,
  sql: `
    CREATE TABLE device_flows (
      id TEXT PRIMARY KEY,
      installation_id TEXT NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
      thumbprint TEXT NOT NULL,
      provider_id TEXT NOT NULL,
      scopes TEXT NOT NULL,
      device_code TEXT NOT NULL,
      interval_seconds INTEGER NOT NULL,
      poll_after_ms INTEGER NOT NULL,
      expires_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX device_flows_by_expiry ON device_flows (expires_at_ms);
  `,
};
