import type { Migration } from './migration.ts';

/** Members, their installations and sessions, flows, connections, and the record of what happened. */
export const firstLight: Migration = {
  id: 1,
  sql: `
    CREATE TABLE members (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      created_at_ms INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE invites (
      code_hash TEXT PRIMARY KEY,
      member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
      created_at_ms INTEGER NOT NULL,
      expires_at_ms INTEGER NOT NULL,
      used_at_ms INTEGER
    ) STRICT;

    CREATE TABLE installations (
      id TEXT PRIMARY KEY,
      member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      thumbprint TEXT NOT NULL UNIQUE,
      created_at_ms INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE sessions (
      token_hash TEXT PRIMARY KEY,
      installation_id TEXT NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
      expires_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sessions_by_expiry ON sessions (expires_at_ms);

    CREATE TABLE flows (
      id TEXT PRIMARY KEY,
      installation_id TEXT NOT NULL REFERENCES installations (id) ON DELETE CASCADE,
      thumbprint TEXT NOT NULL,
      provider_id TEXT NOT NULL,
      scopes TEXT NOT NULL,
      state TEXT NOT NULL UNIQUE,
      code_challenge TEXT NOT NULL UNIQUE,
      provider_verifier TEXT,
      redirect_kind TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('open', 'used', 'burned')),
      expires_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX flows_by_expiry ON flows (expires_at_ms);

    CREATE TABLE connections (
      id TEXT PRIMARY KEY,
      member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
      provider_id TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('active', 'expired', 'revoked', 'interrupted')),
      scopes TEXT NOT NULL,
      access_token TEXT,
      access_expires_at_ms INTEGER NOT NULL,
      refresh_token TEXT,
      token_version INTEGER NOT NULL,
      created_at_ms INTEGER NOT NULL,
      refreshed_at_ms INTEGER NOT NULL,
      UNIQUE (member_id, provider_id)
    ) STRICT;

    CREATE TABLE audit (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      at_ms INTEGER NOT NULL,
      event TEXT NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
      request_id TEXT,
      member_id TEXT,
      installation_id TEXT,
      connection_id TEXT,
      flow_id TEXT,
      provider_id TEXT
    ) STRICT;

    CREATE TABLE vault_checks (
      key_id TEXT PRIMARY KEY,
      sealed TEXT NOT NULL
    ) STRICT;
  `,
};
