import type { Statements } from './driver.ts';

/** Adds to what all instances have counted of a key in a window; answers the sum. */
export async function addCount(
  statements: Statements,
  keyHash: string,
  window: number,
  count: number,
): Promise<number> {
  const row = await statements.get<{ count: number }>(
    `INSERT INTO rate_counts (key_hash, window_number, count) VALUES (?, ?, ?)
     ON CONFLICT (key_hash, window_number) DO UPDATE SET count = rate_counts.count + excluded.count RETURNING count`,
    keyHash,
    window,
    count,
  );
  return row?.count ?? count;
}

/** Forgets windows that are over. */
export async function deleteCountsBefore(statements: Statements, window: number): Promise<void> {
  await statements.run('DELETE FROM rate_counts WHERE window_number < ?', window);
}
