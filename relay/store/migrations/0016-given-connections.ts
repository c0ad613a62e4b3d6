import type { Migration } from './migration.ts';

/** Who has given a connection to the team: it goes back to them alone, and to nobody once they have left. */
export const givenConnections: Migration = {
  id: 16,
  sql: 'ALTER TABLE connections ADD COLUMN given_by TEXT REFERENCES members (id) ON DELETE SET NULL;',
};
