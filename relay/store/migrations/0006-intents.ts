import type { Migration } from './migration.ts';

/** Writes at a provider that must leave a second mark there, and pairs of records that are one person. */
export const intents: Migration = {
  id: 6,
  sql: `
    CREATE TABLE intents (
      id TEXT PRIMARY KEY,
      connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
      member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
      action_id TEXT NOT NULL,
      method TEXT NOT NULL,
      path TEXT NOT NULL,
      body TEXT NOT NULL,
      status TEXT NOT NULL,
      contact_id TEXT,
      attempts INTEGER NOT NULL DEFAULT 0,
      due_at_ms INTEGER NOT NULL,
      created_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX intents_by_due ON intents (status, due_at_ms);
    CREATE TABLE links (
      member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
      company_id INTEGER NOT NULL,
      client_id INTEGER NOT NULL,
      contact_id TEXT NOT NULL,
      created_at_ms INTEGER NOT NULL,
      PRIMARY KEY (company_id, client_id, contact_id)
    ) STRICT;
    CREATE INDEX links_by_contact ON links (contact_id);
  `,
};
