import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';

const records = globSync('docs/decisions/[0-9]*.md').toSorted();
const index = readFileSync('docs/decisions/README.md', 'utf8');

describe('a decision can be read in a minute and checked in one command', () => {
  it('records are numbered without a gap', () => {
    expect(records.map((file) => Number(basename(file).slice(0, 4)))).toEqual(records.map((_, i) => i + 1));
  });

  it.each(records)('%s', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(46);
    expect(text).toMatch(/^# \d+\. .+\n\nDate: \d{4}-\d\d-\d\d · Status: (accepted|proposed|replaced by)/);
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual([
      'Context',
      'Decision',
      'Consequences',
      'Check',
    ]);
    const check = text.slice(text.indexOf('## Check'));
    expect(check).toMatch(/`npm /);
    for (const [path] of check.matchAll(/test\/[\w./-]+/g)) expect(existsSync(path), path).toBe(true);
    expect(index).toContain(`](${basename(file)})`);
  });
});
