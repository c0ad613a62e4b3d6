import type { Migration } from './migration.ts';

/** How each connection was made; until now there was one way. */
export const methods: Migration = {
  id: 5,
  sql: `
    ALTER TABLE connections ADD COLUMN method TEXT NOT NULL DEFAULT 'authorization-code';
    ALTER TABLE device_flows ADD COLUMN user_code TEXT NOT NULL DEFAULT '';
    ALTER TABLE device_flows ADD COLUMN verification_uri TEXT NOT NULL DEFAULT '';
    ALTER TABLE device_flows ADD COLUMN verification_uri_complete TEXT;
    ALTER TABLE device_flows ADD COLUMN outcome TEXT NOT NULL DEFAULT 'pending';
    CREATE INDEX device_flows_by_poll ON device_flows (outcome, poll_after_ms);
  `,
};
