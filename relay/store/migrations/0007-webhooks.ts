import type { Migration } from './migration.ts';

/** Where providers tell of what happens, who wants to hear of it, and what was heard lately. */
export const webhooks: Migration = {
  id: 7,
  sql: `
    CREATE TABLE webhooks (
      id TEXT PRIMARY KEY,
      provider_id TEXT NOT NULL,
      account TEXT NOT NULL,
      remote_id TEXT,
      secret TEXT,
      created_at_ms INTEGER NOT NULL,
      UNIQUE (provider_id, account)
    ) STRICT;
    CREATE TABLE notice_wishes (
      webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
      connection_id TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
      member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
      company_id INTEGER,
      kinds TEXT NOT NULL
    ) STRICT;
    CREATE INDEX notice_wishes_by_webhook ON notice_wishes (webhook_id);
    CREATE TABLE notices (
      id TEXT PRIMARY KEY,
      webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
      kind TEXT,
      notice TEXT,
      at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX notices_by_time ON notices (at_ms);
  `,
};
