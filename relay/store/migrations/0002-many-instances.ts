import type { Migration } from './migration.ts';

/**
 * What several relay instances share: the lease and the journal of a refresh, the relay's own keys, the chained audit
 * log, the ends of sessions, and (PostgreSQL) the memory of used proofs.
 */
export const manyInstances: Migration = {
  id: 2,
  sql: `
    ALTER TABLE connections ADD COLUMN refresh_fence INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE connections ADD COLUMN refresh_lease_until_ms INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE connections ADD COLUMN refresh_asked_at_ms INTEGER;
    ALTER TABLE connections ADD COLUMN refresh_failures INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE connections ADD COLUMN refresh_not_before_ms INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX connections_in_doubt ON connections (refresh_asked_at_ms)
      WHERE status = 'active' AND refresh_asked_at_ms IS NOT NULL;
    CREATE INDEX connections_by_refresh ON connections (provider_id, refreshed_at_ms) WHERE status = 'active';

    ALTER TABLE sessions ADD COLUMN last_used_at_ms INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX sessions_by_installation ON sessions (installation_id);
    CREATE INDEX installations_by_member ON installations (member_id);
    ALTER TABLE installations ADD COLUMN last_seen_at_ms INTEGER NOT NULL DEFAULT 0;
    UPDATE installations SET last_seen_at_ms = created_at_ms;
    ALTER TABLE installations ADD COLUMN misused_at_ms INTEGER;

    CREATE TABLE relay_keys (
      name TEXT PRIMARY KEY,
      sealed TEXT NOT NULL
    ) STRICT;

    ALTER TABLE audit RENAME TO audit_unchained;
    CREATE TABLE audit (
      sequence INTEGER PRIMARY KEY,
      at_ms INTEGER NOT NULL,
      event TEXT NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
      request_id TEXT,
      member_id TEXT,
      installation_id TEXT,
      connection_id TEXT,
      flow_id TEXT,
      provider_id TEXT,
      token_hash TEXT,
      hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_connection ON audit (connection_id);
    CREATE TABLE audit_head (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      sequence INTEGER NOT NULL,
      hash TEXT NOT NULL
    ) STRICT;
    INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, '');
  `,
  // Unlogged: written at memory speed, and emptied together when the server crashes. With the memory of used proofs
  // goes the key of the nonces that those proofs carried, so none of them is accepted a second time.
  postgres: `
    CREATE UNLOGGED TABLE used_proofs (
      id TEXT PRIMARY KEY,
      expires_at_ms BIGINT NOT NULL
    );
    CREATE INDEX used_proofs_by_expiry ON used_proofs (expires_at_ms);
    CREATE UNLOGGED TABLE nonce_keys (
      id BIGINT PRIMARY KEY CHECK (id = 1),
      sealed TEXT NOT NULL
    );
  `,
};
