import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import english from '../extension/public/_locales/en/messages.json' with { type: 'json' };
import italian from '../extension/public/_locales/it/messages.json' with { type: 'json' };
import { newClientFields } from '../extension/fatture-in-cloud/client.ts';
import { chromeExtensionIdDefault, firefoxAddonIdDefault, settingNames } from '../relay/config/config.ts';
import { actions } from '../shared/action-catalogue.ts';
import { failureCodes } from '../shared/diagnosis.ts';

const sources = globSync('{shared,relay,extension}/**/*.{ts,tsx}');
const read = (file: string): string => readFileSync(file, 'utf8');

/** Rooms of the relay that each hold a capability. */
const capabilityRooms = [
  'relay/connection/',
  'relay/people/',
  'relay/policy/',
  'relay/provider/',
  'relay/sharing/',
  'relay/sso/',
  'relay/webhooks/',
  'relay/writes/',
];

/** A capability takes the core and other capabilities; never a route, a page of the console or the relay as a whole. */
const capabilityImports = [
  ...capabilityRooms,
  'relay/audit',
  'relay/config/',
  'relay/core',
  'relay/failures/',
  'relay/keys/',
  'relay/observe/',
  'relay/outbound/',
  'relay/store/',
  'relay/traffic/',
  'shared/',
];

/** What each folder may import, as prefixes of the path from the root; its own folder always. */
const zones: ReadonlyArray<readonly [folder: string, ...allowed: string[]]> = [
  ['shared/', 'shared/'],
  ['relay/store/', 'relay/store/', 'shared/'],
  ['relay/keys/', 'relay/keys/', 'relay/store/', 'shared/'],
  ['relay/failures/', 'relay/failures/', 'shared/'],
  ['relay/observe/', 'relay/observe/', 'relay/store/', 'shared/'],
  ['relay/outbound/', 'relay/outbound/', 'shared/'],
  ['relay/proof/', 'relay/proof/', 'relay/keys/', 'relay/store/', 'relay/failures/', 'shared/'],
  ...capabilityRooms.map((room) => [room].concat(capabilityImports) as [string, ...string[]]), // at least the room
  ['relay/', 'relay/', 'shared/', 'package.json'],
  ['extension/facts/', 'extension/facts/', 'shared/'],
  [
    'extension/actions/',
    'extension/actions/',
    'extension/bridge/',
    'extension/fatture-in-cloud/',
    'extension/stora/',
    'shared/',
  ],
  ['extension/bridge/', 'extension/bridge/', 'extension/fatture-in-cloud/', 'extension/stora/', 'shared/'],
  ['extension/stora/', 'extension/stora/', 'shared/'],
  [
    'extension/page/',
    'extension/page/',
    'extension/facts/',
    'extension/ask',
    'extension/text',
    'extension/browser',
    'shared/',
  ],
  [
    'extension/views/',
    'extension/views/',
    'extension/ask',
    'extension/text',
    'extension/browser',
    'extension/permission',
    'shared/',
  ],
  ['extension/', 'extension/', 'shared/'],
];

const importsOf = (file: string): string[] =>
  [...read(file).matchAll(/from '(\.[^']+)'/g)].map(([, path]) =>
    new URL(path ?? '', `file:///${file}`).pathname.slice(1),
  );

describe('dependencies point one way', () => {
  it.each(sources)('%s', (file) => {
    const [folder = '', ...allowed] = zones.find(([prefix]) => file.startsWith(prefix)) ?? [];
    expect(folder).not.toBe('');
    for (const path of importsOf(file)) {
      expect(
        allowed.some((prefix) => path.startsWith(prefix)),
        `${file} imports ${path}`,
      ).toBe(true);
    }
  });
});

describe('no room imports, over any others, what imports it', () => {
  /** A folder is one node, a file directly in the zone another; type imports count. */
  const roomOf = (zone: string, file: string): string =>
    file.slice(zone.length + 1).includes('/') ? file.slice(0, file.lastIndexOf('/')) : file;

  it.each(['shared', 'relay', 'extension'])('%s', (zone) => {
    const edges = new Map<string, Set<string>>();
    for (const file of sources.filter((one) => one.startsWith(`${zone}/`))) {
      const from = roomOf(zone, file);
      for (const path of importsOf(file).filter((one) => one.startsWith(`${zone}/`))) {
        const to = roomOf(zone, path);
        if (to !== from) edges.set(from, (edges.get(from) ?? new Set()).add(to));
      }
    }
    expect(circleIn(edges), 'a circle: let one of these take what it needs as an argument').toBeNull();
  });

  it('nor does any file', () => {
    const edges = new Map(sources.map((file) => [file, new Set(importsOf(file))]));
    expect(circleIn(edges), 'a circle: move what both need into a file of its own').toBeNull();
  });
});

/** One circle, as the names on it in order; null if there is none. */
function circleIn(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] | null {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of edges.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle !== null) return circle;
    }
    done.add(node);
    return null;
  };
  for (const node of edges.keys()) {
    const circle = visit(node, []);
    if (circle !== null) return circle;
  }
  return null;
}

describe('every export says what it is', () => {
  it.each(sources.filter((file) => !file.startsWith('extension/entrypoints/')))('%s', (file) => {
    const bare = [...read(file).matchAll(/^(.*)\n(export (?!default|\{|type \{)\S.*)$/gm)].filter(
      ([, before]) => !/\*\/\s*$/.test(before ?? ''),
    );
    expect(bare.map(([, , line]) => line)).toEqual([]);
  });
});

describe('time, environment and console have one home each', () => {
  it('only the composition root of the relay reads the clock and the environment', () => {
    const strays = sources.filter(
      (file) =>
        file.startsWith('relay/') &&
        !['relay/main.ts', 'relay/clock.ts'].includes(file) &&
        /Date\.now\(|process\.env|console\.(?:debug|error|info|log|trace|warn)\b/.test(read(file)),
    );
    expect(strays).toEqual([]);
  });

  it('nothing in shared/ reads a clock; its compiler options know neither browser nor Node', () => {
    const strays = sources.filter(
      (file) => file.startsWith('shared/') && /Date\.now|new Date/.test(read(file)),
    );
    expect(strays).toEqual([]);
  });
});

it('nothing in the extension makes elements of text, so what a page or a provider says cannot become one', () => {
  const strays = sources.filter(
    (file) =>
      file.startsWith('extension/') &&
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write/i.test(read(file)),
  );
  expect(strays).toEqual([]);
});

describe('lists that must agree', () => {
  it('an action’s id is the name of its file', () => {
    const files = globSync('extension/actions/*.*.*.ts').map((file) =>
      file.slice('extension/actions/'.length, -3),
    );
    expect(files.toSorted()).toEqual(Object.keys(actions).toSorted());
  });

  it('both languages have the same sentences with the same places to fill in', () => {
    expect(Object.keys(italian)).toEqual(Object.keys(english));
    const holes = (text: string) => [...text.matchAll(/\$\d/g)].map(String).toSorted();
    for (const [key, { message }] of Object.entries(english)) {
      expect(holes(message), key).toEqual(holes(italian[key as keyof typeof italian].message));
    }
  });

  it('every failure has a sentence, and every field of a confirmation a name', () => {
    for (const code of failureCodes) expect(english).toHaveProperty(`failure_${code.replaceAll('-', '_')}`);
    for (const field of newClientFields) expect(english).toHaveProperty(`field_${field}`);
  });

  it('the relay expects the extension ids that the manifest gives', () => {
    const config = read('wxt.config.ts');
    expect(config).toContain(firefoxAddonIdDefault);
    const key = /'(MII[^']+)'/.exec(config)?.[1] ?? '';
    expect(chromeIdOf(key)).toBe(chromeExtensionIdDefault);
  });

  it('every setting of the relay is documented', () => {
    const docs = read('docs/settings.md');
    for (const name of settingNames) expect(docs).toContain(`\`${name}\``);
  });

  it('every folder explains itself in docs/architecture.md', () => {
    const page = read('docs/architecture.md');
    const folders = globSync('{shared,relay,extension,relay/*,extension/*}/').filter(
      (folder) => !/^extension\/(?:entrypoints|public)$/.test(folder) && !folder.includes('.'),
    );
    expect(folders.length).toBeGreaterThan(15);
    for (const folder of folders) expect(page).toContain(`\`${folder}/\``);
  });
});

/** The id Chrome derives from a public key: the first 32 hex digits of its SHA-256, written a to p. */
function chromeIdOf(publicKey: string): string {
  const hex = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 32);
  return Array.from(hex, (digit) => String.fromCodePoint(97 + Number.parseInt(digit, 16))).join('');
}
