import type { Statements } from './driver.ts';

/** A set of recipes as published. */
export interface StoredRecipeSet {
  version: number;
  text: string;
  signature: string;
  publishedAtMs: number;
}

interface SetRow {
  version: number;
  text: string;
  signature: string;
  published_at_ms: number;
}

const setOf = (row: SetRow): StoredRecipeSet => ({
  version: row.version,
  text: row.text,
  signature: row.signature,
  publishedAtMs: row.published_at_ms,
});

/** The newest set; null before the first. */
export async function findNewestSet(statements: Statements): Promise<StoredRecipeSet | null> {
  const row = await statements.get<SetRow>('SELECT * FROM recipe_sets ORDER BY version DESC LIMIT 1');
  return row === undefined ? null : setOf(row);
}

/** One set by version. */
export async function findSet(statements: Statements, version: number): Promise<StoredRecipeSet | null> {
  const row = await statements.get<SetRow>('SELECT * FROM recipe_sets WHERE version = ?', version);
  return row === undefined ? null : setOf(row);
}

/** The newest sets, newest first. */
export async function listSets(statements: Statements, limit: number): Promise<StoredRecipeSet[]> {
  const rows = await statements.all<SetRow>('SELECT * FROM recipe_sets ORDER BY version DESC LIMIT ?', limit);
  return rows.map(setOf);
}

/** Adds a set. */
export async function insertSet(statements: Statements, set: StoredRecipeSet): Promise<void> {
  await statements.run(
    'INSERT INTO recipe_sets (version, text, signature, published_at_ms) VALUES (?, ?, ?, ?)',
    set.version,
    set.text,
    set.signature,
    set.publishedAtMs,
  );
}

/** A recipe that no longer finds what it should, on one host. */
export interface RecipeAlarm {
  recipeId: string;
  host: string;
  missing: string[];
  /** How often it was reported. */
  reports: number;
  lastAtMs: number;
}

/** Most alarms that are kept: a recipe is broken on few hosts. */
const alarmsMax = 1_000;

/** Notes an alarm, or counts it once more. */
export async function addAlarm(
  statements: Statements,
  { recipeId, host, missing }: Pick<RecipeAlarm, 'recipeId' | 'host' | 'missing'>,
  nowMs: number,
): Promise<void> {
  await statements.run(
    `INSERT INTO recipe_alarms (recipe_id, host, missing, reports, first_at_ms, last_at_ms)
     SELECT ?, ?, ?, 1, CAST(? AS BIGINT), CAST(? AS BIGINT)
     WHERE (SELECT count(*) FROM recipe_alarms) < CAST(? AS BIGINT)
     ON CONFLICT (recipe_id, host) DO UPDATE SET reports = recipe_alarms.reports + 1,
       missing = excluded.missing, last_at_ms = excluded.last_at_ms`,
    recipeId,
    host,
    JSON.stringify(missing),
    nowMs,
    nowMs,
    alarmsMax,
  );
}

/** Alarms, the newest first. */
export async function listAlarms(statements: Statements): Promise<RecipeAlarm[]> {
  const rows = await statements.all<{
    recipe_id: string;
    host: string;
    missing: string;
    reports: number;
    last_at_ms: number;
  }>('SELECT * FROM recipe_alarms ORDER BY last_at_ms DESC');
  return rows.map((row) => ({
    recipeId: row.recipe_id,
    host: row.host,
    missing: JSON.parse(row.missing) as string[], // written by this file alone
    reports: row.reports,
    lastAtMs: row.last_at_ms,
  }));
}

/** Forgets the alarms: with new recipes everything is looked at anew. */
export async function clearAlarms(statements: Statements): Promise<void> {
  await statements.run('DELETE FROM recipe_alarms');
}
