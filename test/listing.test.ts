import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readListing } from './listing.ts';

it.each(['it', 'en'] as const)(
  'the listing in %s fits the fields of both stores: nothing is cut off when it is pasted',
  (locale) => {
    const listing = readListing(locale);
    const fields = [
      ['name', listing.name, 50],
      ['summary', listing.summary, 132],
      ['description', listing.description, 15_000],
      ['single purpose', listing.singlePurpose],
      ...listing.permissions,
    ] as const;
    for (const [name, text, most = 1_000] of fields) {
      expect(text.length, name).toBeGreaterThan(0);
      expect(text.length, name).toBeLessThanOrEqual(most);
    }
  },
);

it('what reviewers are told first fits the shortest of their fields, and each command in it is there', () => {
  const [, short = ''] = readFileSync('docs/store/review.md', 'utf8').split(/^## .*$/m);
  expect(short.trim().length).toBeLessThanOrEqual(500);
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
  for (const [, script = ''] of short.matchAll(/`npm (?:run )?(\w+)/g))
    expect(scripts).toHaveProperty(script);
});

describe('the privacy policy', () => {
  /** What the policy speaks of; whoever adds to it writes it into both languages first. */
  const spokenOf = {
    onDisk: [
      'actions',
      'batch',
      'company',
      'installation',
      'notices',
      'notices-heard',
      'recipe-draft',
      'recipes',
      'site-companies',
      'sites',
      'sites-paused',
      'written',
    ],
    calls: ['background/provider/call.ts', 'background/wire/exchange.ts', 'background/work/pdf.ts'],
  };
  const sources = globSync('extension/**/*.{ts,tsx}').map(
    (file) => [file, readFileSync(file, 'utf8')] as const,
  );

  it('speaks of everything that is kept on disk and of everybody who is called', () => {
    const kept = sources.flatMap(([, text]) =>
      [...text.matchAll(/slot\(\s*'local',\s*'([^']+)'/g)].map(([, name]) => name),
    );
    expect(kept.toSorted()).toEqual(spokenOf.onDisk);
    const calling = sources.flatMap(([file, text]) =>
      /\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon/.test(text)
        ? [file.replace('extension/', '')]
        : [],
    );
    expect(calling.toSorted()).toEqual(spokenOf.calls);
    const stored = sources.filter(([, text]) =>
      /storage\.(?:local|sync)|localStorage|document\.cookie/.test(text),
    );
    expect(stored.map(([file]) => file)).toEqual([]);
  });

  it('says the same in both languages, point by point', () => {
    const shape = (locale: string) =>
      readFileSync(`docs/store/privacy.${locale}.md`, 'utf8')
        .split('\n')
        .flatMap((line) => /^(?:#+|-|\|)(?= )/.exec(line) ?? []);
    expect(shape('it')).toEqual(shape('en'));
  });
});
