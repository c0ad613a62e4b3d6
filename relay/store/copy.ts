import type { SqlValue, Statements } from './driver.ts';

/** A table with the columns that name a row of it. */
export interface Table {
  name: string;
  keys: readonly string[];
}

/** Tables that belong to one database alone: its own schema, and what is counted in one minute. */
const own = new Set(['migrations', 'rate_counts']);

/**
 * Every table whose rows belong to the team, in an order in which every row finds what it refers to.
 *
 * Read from the schema of an embedded database, so that a table which somebody adds is never forgotten.
 */
export async function tablesOf(sqlite: Statements): Promise<Table[]> {
  const names = await sqlite.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  const left = names.map(({ name }) => name).filter((name) => !own.has(name));
  const sorted: Table[] = [];
  const add = async (name: string): Promise<void> => {
    if (sorted.some((table) => table.name === name)) return;
    const references = await sqlite.all<{ table: string }>(
      'SELECT "table" FROM pragma_foreign_key_list(?) ORDER BY "table"',
      name,
    );
    for (const reference of references) if (reference.table !== name) await add(reference.table);
    const keys = await sqlite.all<{ name: string }>(
      'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk',
      name,
    );
    sorted.push({ name, keys: keys.map((key) => key.name) });
  };
  for (const name of left) await add(name);
  return sorted;
}

type Row = Record<string, SqlValue>;

/** How many rows are read at a time. */
const pageSize = 500;

/** Rows that did not arrive as they left. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}

/**
 * Copies every row of `tables` from one database to another, and compares each one with what arrived.
 *
 * @param target in a transaction, so that all arrive or none; its tables are empty
 * @param onTable told after each table how many rows were copied and compared
 * @returns how many rows there are
 * @throws CopyError naming the table
 */
export async function copyRows(
  source: Statements,
  target: Statements,
  tables: readonly Table[],
  onTable: (table: string, rows: number) => void,
): Promise<number> {
  let total = 0;
  for (const table of tables) {
    const { name } = table;
    let rows = 0;
    for await (const page of pagesOf(source, table)) {
      await insertPage(target, name, page);
      await comparePage(target, table, page);
      rows += page.length;
    }
    const count = await target.get<{ rows: number }>(`SELECT count(*) AS rows FROM ${name}`);
    if (count?.rows !== rows) throw new CopyError(`${name} does not have the same number of rows`);
    onTable(name, rows);
    total += rows;
  }
  return total;
}

/** Removes every row of `tables`, those that refer to others first. */
export async function emptyTables(target: Statements, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables.toReversed()) await target.run(`DELETE FROM ${name}`);
}

/** `(?, ?), (?, ?)`: as many groups as there are rows. */
const groupsOf = (columns: readonly string[], rows: readonly Row[]): string =>
  rows.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ');

const valuesOf = (columns: readonly string[], rows: readonly Row[]): SqlValue[] =>
  rows.flatMap((row) => columns.map((column) => row[column] ?? null));

/** The rows with these keys, in words that both databases plan by their index. */
const oneOf = (keys: readonly string[], rows: readonly Row[]): string =>
  keys.length === 1
    ? `${keys[0]} IN (${rows.map(() => '?').join(', ')})`
    : rows.map(() => `(${keys.map((key) => `${key} = ?`).join(' AND ')})`).join(' OR ');

async function insertPage(target: Statements, name: string, page: readonly Row[]): Promise<void> {
  const columns = Object.keys(page[0] ?? {});
  await target.run(
    `INSERT INTO ${name} (${columns.join(', ')}) VALUES ${groupsOf(columns, page)}`,
    ...valuesOf(columns, page),
  );
}

async function comparePage(target: Statements, { name, keys }: Table, page: readonly Row[]): Promise<void> {
  const arrived = await target.all<Row>(
    `SELECT * FROM ${name} WHERE ${oneOf(keys, page)}`,
    ...valuesOf(keys, page),
  );
  const nameOf = (row: Row): string => JSON.stringify(valuesOf(keys, [row]));
  const byName = new Map(arrived.map((row) => [nameOf(row), row]));
  for (const row of page) {
    const copy = byName.get(nameOf(row));
    if (copy === undefined || Object.keys(row).some((column) => copy[column] !== row[column])) {
      throw new CopyError(`a row of ${name} is not the same after it was copied; nothing was changed`);
    }
  }
}

async function* pagesOf(source: Statements, { name, keys }: Table): AsyncGenerator<Row[]> {
  const columns = keys.join(', ');
  let last: Row | undefined;
  for (;;) {
    const page: Row[] =
      last === undefined
        ? await source.all<Row>(`SELECT * FROM ${name} ORDER BY ${columns} LIMIT ?`, pageSize)
        : await source.all<Row>(
            `SELECT * FROM ${name} WHERE (${columns}) > (${keys.map(() => '?').join(', ')})
             ORDER BY ${columns} LIMIT ?`,
            ...keys.map((key) => last?.[key] ?? null),
            pageSize,
          );
    if (page.length > 0) yield page;
    last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
  }
}
