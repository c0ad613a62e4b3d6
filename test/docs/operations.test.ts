import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noMetrics } from '../../relay/observe/metrics.ts';
import { diagnosisOf, failureCodes } from '../../shared/diagnosis.ts';
import { openRelay } from '../relay/harness.ts';

const page = readFileSync('docs/operations.md', 'utf8');

/** First cells of the table under the header that begins with `name`, without code marks. */
function firstCells(name: string): string[] {
  const table = page.slice(page.indexOf(`\n| ${name} `) + 1).split('\n\n')[0] ?? '';
  return table
    .split('\n')
    .slice(2)
    .flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, cell]) => cell ?? ''));
}

describe('an operator who watches what the page names', () => {
  it('watches metrics that the relay has, every one, with the labels they have', async () => {
    const { deps } = await openRelay();
    await (await openRelay()).join();
    deps.metrics.answered('/health', 200, 1);
    deps.metrics.granted('fatture-in-cloud', 'done');
    deps.metrics.refreshed('fatture-in-cloud', 'done');
    deps.metrics.leaseWait(1);
    deps.metrics.called('fatture-in-cloud', 'refresh', 'done', 1);
    // One call above for each way to count, beside the two that are asked: a new one has to be looked at here.
    expect(Object.keys(noMetrics)).toHaveLength(7);
    const { text = '' } = (await deps.metrics.render()) ?? {};
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
    expect(firstCells('metric').toSorted()).toEqual(names.toSorted());
    for (const name of names.filter((one) => one !== 'staffetta_connections')) {
      const [, labels = ''] = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, 'm').exec(text) ?? [];
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
      const told = [...(row.split('|')[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, label]) => label);
      expect([...labels.matchAll(/(\w+)=/g)].map(([, label]) => label).toSorted(), name).toEqual(
        told.toSorted(),
      );
    }
  });

  it('finds every warning and error that the relay can log, and none that it cannot', () => {
    const logged = globSync('relay/**/*.ts').flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /log\.(?:warn|error|fatal)\(\s*(?:\{[^{}]*\}|\w+),\s*'([^']+)',?\s*\)/g,
        ),
      ].map(([, message]) => message ?? ''),
    );
    const calls = globSync('relay/**/*.ts')
      .map((file) => readFileSync(file, 'utf8').split(/log\.(?:warn|error|fatal)\(/).length - 1)
      .reduce((sum, count) => sum + count, 0);
    expect(logged).toHaveLength(calls);
    expect(firstCells('message').toSorted()).toEqual([...new Set(logged)].toSorted());
  });

  it('finds every failure whose cure is theirs', () => {
    const theirs = failureCodes.filter((code) => diagnosisOf(code).owner === 'admin');
    expect(firstCells('code').toSorted()).toEqual(theirs.toSorted());
  });
});
