import type { Statements } from './driver.ts';

/** A version of the policy as kept. */
export interface StoredPolicy {
  version: number;
  /** JSON. */
  text: string;
  changedAtMs: number;
}

/** The newest version; null before the first. */
export async function findNewestPolicy(statements: Statements): Promise<StoredPolicy | null> {
  const row = await statements.get<StoredPolicy>(
    'SELECT version, text, changed_at_ms AS "changedAtMs" FROM policies ORDER BY version DESC LIMIT 1',
  );
  return row ?? null;
}

/** The newest versions, newest first. */
export const listPolicies = (statements: Statements, limit: number): Promise<StoredPolicy[]> =>
  statements.all<StoredPolicy>(
    'SELECT version, text, changed_at_ms AS "changedAtMs" FROM policies ORDER BY version DESC LIMIT ?',
    limit,
  );

/** One version; null where there is none. */
export async function findPolicy(statements: Statements, version: number): Promise<StoredPolicy | null> {
  const row = await statements.get<StoredPolicy>(
    'SELECT version, text, changed_at_ms AS "changedAtMs" FROM policies WHERE version = ?',
    version,
  );
  return row ?? null;
}

/** Adds a version; false where it is there already: somebody was faster. */
export async function insertPolicy(
  statements: Statements,
  { version, text, changedAtMs }: StoredPolicy,
): Promise<boolean> {
  const added = await statements.run(
    'INSERT INTO policies (version, text, changed_at_ms) VALUES (?, ?, ?) ON CONFLICT (version) DO NOTHING',
    version,
    text,
    changedAtMs,
  );
  return added === 1;
}
