import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesIn } from './zip.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const archiveOf = (folder: string, name: string): Buffer =>
  readFileSync(join(folder, 'dist', `staffetta-${version}-${name}.zip`));
const zip = (folder: string, browser: string): Promise<unknown> =>
  // As a person runs it: the runner of the tests has a mode of its own in its environment.
  promisify(execFile)(resolve('node_modules/.bin/wxt'), ['zip', '--browser', browser], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  });
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

// What the sources archive rebuilds, elsewhere, with the dependencies of the lock file.
const elsewhere = mkdtempSync(join(tmpdir(), 'staffetta-sources-'));

beforeAll(async () => {
  await zip('.', 'firefox');
  await zip('.', 'chrome');
  for (const [name, bytes] of filesIn(archiveOf('.', 'sources'))) {
    const file = join(elsewhere, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  symlinkSync(resolve('node_modules'), join(elsewhere, 'node_modules'));
  await zip(elsewhere, 'firefox');
  await zip(elsewhere, 'chrome');
}, 120_000);
afterAll(() => rm(elsewhere, { recursive: true, force: true }));

it.each(['firefox', 'chrome'])(
  'what is handed to the store for %s is rebuilt from the sources archive byte for byte',
  (browser) => {
    expect(digest(archiveOf(elsewhere, browser))).toBe(digest(archiveOf('.', browser)));
  },
);

/** What a person allows by installing, and what the browser holds every page of ours to. A change here is a decision. */
const permissions = ['activeTab', 'alarms', 'contextMenus', 'identity', 'scripting', 'storage'];
const golden = {
  firefox: { permissions },
  chrome: {
    permissions: [...permissions, 'sidePanel'],
    minimum_chrome_version: '137',
    storage: { managed_schema: 'managed-schema.json' },
  },
} as const;

describe.each(['firefox', 'chrome'] as const)('F15: the package for %s', (browser) => {
  const files = (): Map<string, Buffer> => filesIn(archiveOf('.', browser));
  const manifest = (): Record<string, unknown> =>
    JSON.parse(files().get('manifest.json')?.toString('utf8') ?? '{}') as Record<string, unknown>;

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
          "script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      },
    });
    const known = [
      'content_scripts',
      'web_accessible_resources',
      'content_security_policy.sandbox',
      'update_url',
    ];
    for (const name of known) expect(manifest()).not.toHaveProperty(name);
    // Firefox needs no schema of what an organisation can set, and warns of one.
    if (browser === 'firefox') expect(manifest()).not.toHaveProperty('storage');
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
