import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unzipSync } from 'fflate';
import { z } from 'zod';
import { readListing } from './listing.ts';

const run = promisify(execFile);

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const archiveOf = (folder: string, name: string): Buffer =>
  readFileSync(join(folder, 'dist', `staffetta-${version}-${name}.zip`));
/** Where and when the sources are built again: nothing of it may show in the packages. */
const there = { TZ: 'Pacific/Kiritimati', LANG: 'it_IT.UTF-8', umask: '077' };
const here = { TZ: 'Europe/Rome', LANG: 'C', umask: '022' };
const zip = (folder: string, browser: string, { umask, ...place }: typeof here): Promise<unknown> =>
  run('sh', ['-c', `umask ${umask} && "$0" zip --browser ${browser}`, resolve('node_modules/.bin/wxt')], {
    cwd: folder,
    // As a person runs it: the runner of the tests has a mode of its own in its environment.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...place },
  });
/** The files in an archive, by name. */
const filesIn = (archive: Buffer): Map<string, Buffer> =>
  new Map(Object.entries(unzipSync(archive)).map(([name, bytes]) => [name, Buffer.from(bytes)]));
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

// What the sources archive rebuilds, elsewhere, with the dependencies of the lock file.
const elsewhere = mkdtempSync(join(tmpdir(), 'staffetta-sources-'));

beforeAll(async () => {
  await zip('.', 'firefox', here);
  await zip('.', 'chrome', here);
  for (const [name, bytes] of filesIn(archiveOf('.', 'sources'))) {
    const file = join(elsewhere, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  symlinkSync(resolve('node_modules'), join(elsewhere, 'node_modules'));
  await zip(elsewhere, 'firefox', there);
  await zip(elsewhere, 'chrome', there);
}, 120_000);
afterAll(() => rm(elsewhere, { recursive: true, force: true }));

it.each(['firefox', 'chrome', 'sources'])(
  'a reviewer who builds the sources archive gets the %s archive byte for byte, in another folder, time zone, language and umask',
  (name) => {
    expect(digest(archiveOf(elsewhere, name))).toBe(digest(archiveOf('.', name)));
  },
);

/** The manifest in an archive, as far as the stores ask about it. */
const Manifest = z.object({
  permissions: z.array(z.string()),
  optional_permissions: z.array(z.string()),
  host_permissions: z.array(z.string()),
  optional_host_permissions: z.array(z.string()),
  icons: z.record(z.string(), z.string()),
  browser_specific_settings: z
    .object({ gecko: z.object({ data_collection_permissions: z.record(z.string(), z.array(z.string())) }) })
    .optional(),
});
const parsedIn = (files: Map<string, Buffer>, name: string): unknown =>
  JSON.parse(files.get(name)?.toString('utf8') ?? '{}');

/** What a person allows by installing, and what the browser holds every page of ours to. A change here is a decision. */
const permissions = ['activeTab', 'alarms', 'contextMenus', 'identity', 'scripting', 'storage'];
/** What leaves the browser, in Mozilla's words: Firefox shows it before it installs. */
const data = [
  'authenticationInfo',
  'browsingActivity',
  'financialAndPaymentInfo',
  'personalCommunications',
  'personallyIdentifyingInfo',
  'searchTerms',
  'websiteContent',
];
const golden = {
  firefox: {
    permissions,
    browser_specific_settings: { gecko: { data_collection_permissions: { required: data } } },
  },
  chrome: {
    permissions: [...permissions, 'sidePanel'],
    minimum_chrome_version: '137',
    storage: { managed_schema: 'managed-schema.json' },
  },
} as const;

describe.each(['firefox', 'chrome'] as const)('F15: the package for %s', (browser) => {
  const files = (): Map<string, Buffer> => filesIn(archiveOf('.', browser));
  const manifest = (): unknown => parsedIn(files(), 'manifest.json');

  it('asks for no more than the golden manifest says', () => {
    expect(manifest()).toMatchObject({
      manifest_version: 3,
      version,
      ...golden[browser],
      optional_permissions: ['notifications'],
      host_permissions: ['https://api-v2.fattureincloud.it/*'],
      optional_host_permissions: ['https://*/*'],
      content_security_policy: {
        extension_pages:
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src https:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      },
    });
    const known = [
      'content_scripts',
      'web_accessible_resources',
      'content_security_policy.sandbox',
      'update_url',
      'key',
    ];
    for (const name of known) expect(manifest()).not.toHaveProperty(name);
    // Firefox needs no schema of what an organisation can set, and warns of one.
    if (browser === 'firefox') expect(manifest()).not.toHaveProperty('storage');
  });

  it('has an icon of each size that a browser or store asks for, and each is of that size', () => {
    const { icons } = Manifest.parse(manifest());
    expect(Object.keys(icons)).toEqual(['16', '32', '48', '128']);
    for (const [size, name] of Object.entries(icons)) {
      const header = files().get(name)?.subarray(16, 24); // IHDR: width, height
      expect([header?.readUInt32BE(0), header?.readUInt32BE(4)], name).toEqual([Number(size), Number(size)]);
    }
  });

  it('has no code from elsewhere, none made of text, nothing of the sandbox and no map of the sources', () => {
    for (const [name, bytes] of files()) {
      expect(name).not.toMatch(/\.map$|\.ts$|^\./);
      if (!/\.(?:js|html)$/.test(name)) continue;
      const text = bytes.toString('utf8');
      const found = [
        /\beval\(|new Function|importScripts\(|import\(\s*[`'"]https?:/,
        /<script[^>]+src=["'](?:https?:)?\/\//,
        /sourceMappingURL|http:\/\/127\.0\.0\.1/,
      ].filter((pattern) => pattern.test(text));
      expect(found, name).toEqual([]);
    }
  });
});

/** What addons-linter, which runs at every upload to Mozilla, reports. */
const LinterReport = z.object({
  errors: z.array(z.unknown()),
  notices: z.array(z.unknown()),
  warnings: z.array(
    z.object({
      code: z.string(),
      file: z.string().optional(),
      line: z.int().optional(),
      column: z.int().optional(),
    }),
  ),
});

/** The warnings there are, each by its code and the code it points at; docs/stores.md says why each may stay. */
const knownWarnings: ReadonlyArray<readonly [code: string, pointsAt: RegExp]> = [
  ['DANGEROUS_EVAL', /^Function\(``\),!0\}catch\{return!1\}/],
  ['DANGEROUS_EVAL', /^Function\(``\),!0\}catch\{return!1\}/],
  ['UNSAFE_VAR_ASSIGNMENT', /^\w+\.innerHTML=\w+\.__html\)/],
];

it('Mozilla’s linter finds no error in the Firefox package, and no warning that is not explained', async () => {
  const files = filesIn(archiveOf('.', 'firefox'));
  const { stdout } = await run('addons-linter', [
    '--output',
    'json',
    `dist/staffetta-${version}-firefox.zip`,
  ]);
  const { errors, notices, warnings } = LinterReport.parse(JSON.parse(stdout));
  expect([...errors, ...notices]).toEqual([]);
  const explained = readFileSync('docs/stores.md', 'utf8');
  const left = [...knownWarnings];
  for (const { code, file = '', line = 1, column = 1 } of warnings) {
    const lines = files.get(file)?.toString('utf8').split('\n') ?? [];
    const text = lines[line - 1]?.slice(column - 1, column + 60) ?? '';
    const place = left.findIndex(([known, pointsAt]) => known === code && pointsAt.test(text));
    expect(place, `${code} in ${file} at ${text}`).not.toBe(-1);
    expect(explained).toContain(`\`${code}\``);
    left.splice(place, 1);
  }
  expect(left, 'gone: take them out here and in docs/stores.md').toEqual([]);
});

describe.each(['it', 'en'] as const)('the listing in %s', (locale) => {
  const listing = readListing(locale);
  const manifests = () =>
    ['chrome', 'firefox'].map((browser) =>
      Manifest.parse(parsedIn(filesIn(archiveOf('.', browser)), 'manifest.json')),
    );

  it('says why for each permission and host that either package asks for, and for no other', () => {
    const asked = manifests().flatMap((manifest) =>
      manifest.permissions.concat(
        manifest.optional_permissions,
        manifest.host_permissions,
        manifest.optional_host_permissions,
      ),
    );
    expect([...listing.permissions.keys()].toSorted()).toEqual([...new Set(asked)].toSorted());
  });

  it('says what each kind of data is that Firefox shows at installation, and names no other', () => {
    const shown = manifests().flatMap(({ browser_specific_settings: settings }) =>
      Object.values(settings?.gecko.data_collection_permissions ?? {}).flat(),
    );
    expect([...listing.data.keys()]).toEqual(shown);
  });

  it('has the name and summary that the package itself shows', () => {
    const messages = z
      .object({
        extensionName: z.object({ message: z.string() }),
        extensionDescription: z.object({ message: z.string() }),
      })
      .parse(parsedIn(filesIn(archiveOf('.', 'chrome')), `_locales/${locale}/messages.json`));
    expect(messages.extensionName.message).toBe(listing.name);
    expect(messages.extensionDescription.message).toBe(listing.summary);
  });
});
