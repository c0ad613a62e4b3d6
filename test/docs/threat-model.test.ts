import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** How many promises each letter has. */
const counts = { A: 20, B: 13, C: 16, D: 10, E: 7, F: 16 };
const ids = Object.entries(counts).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);

/** The ids with which titles of a test file begin: `'A3: …'`, `'F3, A12: …'`. */
const idsIn = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/['"`]((?:[A-F]\d{1,2}, )*[A-F]\d{1,2}): /g)].flatMap(
    ([, found]) => found?.split(', ') ?? [],
  );

const rows = [
  ...readFileSync('docs/threat-model.md', 'utf8').matchAll(/^\| ([A-F]\d{1,2}) +\| (.+?) +\| (.+?) +\|$/gm),
].map(([, id = '', promise = '', cell = '']) => ({
  id,
  promise,
  files: [...cell.matchAll(/`([^`]+)`/g)].map(([, file]) => file ?? ''),
}));

describe('whoever judges the product by its threat model can follow each promise to a test', () => {
  it('every promise stands in the page, once and in order', () => {
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  it.each(rows)('$id is held where the page says', ({ id, files }) => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(idsIn(file), file).toContain(id);
  });

  it('no test promises what the page does not know', () => {
    const promised = globSync('test/**/*.test.ts').flatMap(idsIn);
    expect([...new Set(promised)].filter((id) => !ids.includes(id))).toEqual([]);
  });
});
