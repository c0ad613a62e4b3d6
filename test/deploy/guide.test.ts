import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../relay/config/config.ts';
import { freePort } from '../../scripts/port.ts';
import { temporaryFolder } from '../relay/process.ts';
import { useBundle } from './bundle.ts';
import { relayName } from './proxy.ts';

const guide = readFileSync('docs/self-hosting.md', 'utf8');
const place = useBundle();

/** The commands of the guide, in order, with the heading that each block stands under. */
const blocks = guide.split(/^## /m).flatMap((section) => {
  const heading = section.slice(0, section.indexOf('\n'));
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => ({ heading, text }));
});
const commandsUnder = (...headings: string[]): string[] =>
  blocks.filter(({ heading }) => headings.includes(heading)).map(({ text }) => text);
const isLeftOut = (text: string): boolean => text.startsWith('# Not run by our tests: ');

/** Places of the system that commands write to; in the test each is in a folder of its own. */
const places = /(?<![\w.])\/(?:etc|opt|usr\/local|usr\/bin\/node|usr\/sbin|var)\b/g;

/**
 * What has to be stood in for: users, and systemd's manager, which here starts exactly what the installed unit says. The
 * rest of the guide runs as it stands.
 */
const standIns = (root: string): Record<string, string> => ({
  useradd: 'exit 0',
  chown: 'exit 0',
  install: `args=(); while [ $# -gt 0 ]; do case "$1" in -o|-g) shift 2;; *) args+=("$1"); shift;; esac; done
for name in "\${args[@]}"; do :; done
exec /usr/bin/install "\${args[@]}"`,
  runuser: 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
  systemctl: `verb=$1; name=\${!#}; unit=${root}/etc/systemd/system/$name; [ -f "$unit" ] || unit=$unit.service
line() { sed -n "s/^$1=//p" "$unit" | sed 's/%%/%/g; s/\\$\\$/$/g'; }
stop() { kill "$(cat ${root}/pid)"; tail --pid="$(cat ${root}/pid)" -f /dev/null; }
launch() { eval "setsid $(line ExecStart) >>${root}/log 2>&1 </dev/null & echo \\$! >${root}/pid"; }
case "$verb $name" in
  'enable staffetta') launch ;;
  'restart staffetta') stop; launch ;;
  'enable staffetta-backup.timer') systemd-analyze calendar "$(line OnCalendar)" >/dev/null 2>&1 || [ -s "$unit" ] ;;
  'start staffetta-backup') eval "$(line ExecStart)" && eval "$(line ExecStartPost)" ;;
  'daemon-reload daemon-reload'|'reload caddy') ;;
  *) echo "systemctl $*: not stood in for" >&2; exit 1 ;;
esac`,
});

/** A folder in which the guide's commands find a clone, and a machine to change. */
async function openMachine() {
  const root = temporaryFolder();
  const { entry } = place();
  const clone = join(root, 'clone');
  mkdirSync(join(clone, 'dist/relay'), { recursive: true });
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true });
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'usr/bin/node'));
  execFileSync('cp', [entry, join(clone, 'dist/relay/relay.js')]);
  const [port, metricsPort] = [await freePort(), await freePort()];
  /** The same text, for this folder and these ports. */
  const moved = (text: string): string =>
    text.replaceAll(places, (path) => root + path).replaceAll('9464', String(metricsPort));
  mkdirSync(join(clone, 'docs/deploy'), { recursive: true });
  for (const file of readdirSync('docs/deploy')) {
    writeFileSync(join(clone, 'docs/deploy', file), moved(readFileSync(join('docs/deploy', file), 'utf8')));
  }
  const own = `STAFFETTA_PORT=${port}\nSTAFFETTA_PUBLIC_URL=http://127.0.0.1:${port}\nSTAFFETTA_VIES_URL=off\nSTAFFETTA_TRUSTED_PROXIES=\n`;
  const settings = join(clone, 'docs/deploy/relay.env');
  writeFileSync(settings, `${readFileSync(settings, 'utf8')}${own}`);
  mkdirSync(join(root, 'bin'));
  for (const [name, text] of Object.entries(standIns(root))) {
    writeFileSync(join(root, 'bin', name), `#!/bin/bash\nset -e\n${text}\n`, { mode: 0o755 });
  }
  onTestFinished(() => {
    const file = join(root, 'pid');
    if (existsSync(file)) spawnSync('kill', ['-KILL', readFileSync(file, 'utf8').trim()]);
  });
  return {
    root,
    clone,
    /** Runs blocks in one shell that ends at the first command that fails. */
    run(texts: readonly string[], input = ''): { code: number | null; said: string } {
      const script = moved(texts.filter((text) => !isLeftOut(text)).join('\n'));
      const ended = spawnSync('bash', ['--norc', '-euc', script], {
        cwd: clone,
        input,
        encoding: 'utf8',
        timeout: 60_000,
        env: { PATH: `${join(root, 'bin')}:${join(root, 'usr/local/bin')}:${process.env['PATH']}` },
      });
      return { code: ended.status, said: `${ended.stdout}${ended.stderr}` };
    },
  };
}

const obstacle = process.platform === 'linux' ? null : 'its commands are for Linux';

test(
  'an administrator who copies the commands for one machine has a relay that serves, is upgraded, watched and backed up',
  {
    timeout: 120_000,
  },
  async ({ skip }) => {
    skip(obstacle !== null, obstacle ?? '');
    const { root, clone, run } = await openMachine();
    const headings = ['One machine: systemd and Caddy', 'Upgrade', 'Backup', 'Watching it'];
    const { code, said } = run(commandsUnder(...headings));
    expect(code, said).toBe(0);
    expect(said).toMatch(/^ready$/m);
    expect(said).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\S*#/m);
    expect(said).toContain('opened again and verified');
    expect(said).toContain('# TYPE staffetta_connections');
    // The upgrade ended the first relay in order, on the database of which the second serves.
    expect(readFileSync(join(root, 'log'), 'utf8')).toContain('relay stopped');
    expect(existsSync(join(root, 'var/lib/staffetta/relay.sqlite'))).toBe(true);
    expect(readFileSync(join(root, 'etc/caddy/Caddyfile'), 'utf8')).toContain(relayName);
    expect(readdirSync(join(root, 'etc/systemd/system')).toSorted()).toEqual(
      readdirSync(join(clone, 'docs/deploy'))
        .filter((name) => /\.(?:service|socket|timer)$/.test(name))
        .toSorted(),
    );
  },
);

test('the secrets made for Compose are ones that the relay starts with', async ({ skip }) => {
  skip(obstacle !== null, obstacle ?? '');
  const { clone, run } = await openMachine();
  expect(run(commandsUnder('Compose'), 'the-secret\n')).toMatchObject({ code: 0 });
  const secrets = join(clone, 'docs/deploy/secrets');
  const config = readConfig({
    STAFFETTA_DATABASE_URL_FILE: join(secrets, 'database-url'),
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: 'id',
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET_FILE: join(secrets, 'fatture-in-cloud-secret'),
    STAFFETTA_VAULT_KEY: readFileSync(join(secrets, 'vault-key'), 'utf8'),
  });
  const password = readFileSync(join(secrets, 'database-password'), 'utf8').trim();
  expect(new URL(config.databaseUrl?.reveal() ?? '').password).toBe(password);
  expect(config.providers.get('fatture-in-cloud')?.credentials?.clientSecret?.reveal()).toBe('the-secret');
});

test('every block either runs here or says why not, and every file that is linked is there', () => {
  const left = blocks.filter(({ text }) => isLeftOut(text));
  expect(left.map(({ heading }) => heading)).toEqual([
    'One machine: systemd and Caddy',
    'Compose',
    'Kubernetes',
    'Upgrade',
    'Single sign-on',
  ]);
  const run = ['One machine: systemd and Caddy', 'Compose', 'Upgrade', 'Backup', 'Watching it'];
  for (const { heading, text } of blocks) if (!isLeftOut(text)) expect(run).toContain(heading);
  for (const [, file = ''] of guide.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
    expect(existsSync(resolve('docs', file)), file).toBe(true);
  }
  for (const [file = ''] of guide.matchAll(/(?:docs\/deploy|test\/deploy)\/[\w.-]*\.\w+/g)) {
    expect(existsSync(file), `${file} in ${dirname(file)}`).toBe(true);
  }
});
