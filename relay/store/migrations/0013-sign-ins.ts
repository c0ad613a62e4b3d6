import type { Migration } from './migration.ts';

/** Who somebody is at the team's identity provider, attempts to sign in there, and console sessions of administrators. */
export const signIns: Migration = {
  id: 13,
  sql: `
    CREATE TABLE identities (
      issuer TEXT NOT NULL,
      subject TEXT NOT NULL,
      member_id TEXT REFERENCES members (id) ON DELETE SET NULL,
      email TEXT NOT NULL,
      created_at_ms INTEGER NOT NULL,
      PRIMARY KEY (issuer, subject)
    ) STRICT;
    CREATE INDEX identities_by_member ON identities (member_id);
    CREATE INDEX identities_by_email ON identities (email);
    CREATE TABLE sign_ins (
      id TEXT PRIMARY KEY,
      thumbprint TEXT NOT NULL,
      state TEXT NOT NULL UNIQUE,
      secrets TEXT NOT NULL,
      code_challenge TEXT NOT NULL,
      redirect_kind TEXT NOT NULL,
      status TEXT NOT NULL,
      expires_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at_ms);
    CREATE TABLE console_sessions (
      token_hash TEXT PRIMARY KEY,
      member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
      expires_at_ms INTEGER NOT NULL,
      last_used_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX console_sessions_by_member ON console_sessions (member_id);
  `,
};
