import type { Migration } from './migration.ts';

/** The team's recipes, every version, and where one no longer finds what it should. */
export const recipes: Migration = {
  id: 9,
  sql: `
    CREATE TABLE recipe_sets (
      version INTEGER PRIMARY KEY,
      text TEXT NOT NULL,
      signature TEXT NOT NULL,
      published_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE recipe_alarms (
      recipe_id TEXT NOT NULL,
      host TEXT NOT NULL,
      missing TEXT NOT NULL,
      reports INTEGER NOT NULL,
      first_at_ms INTEGER NOT NULL,
      last_at_ms INTEGER NOT NULL,
      PRIMARY KEY (recipe_id, host)
    ) STRICT;
  `,
};
