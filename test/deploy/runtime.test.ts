import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, globSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/port.ts';
import { temporaryFolder } from '../relay/process.ts';
import { useBundle } from './bundle.ts';

const place = useBundle();
const user = 65_532;
const chroot = '/usr/sbin/chroot';

/** Why the file system of the container cannot be tried here. */
const obstacle = ((): string | null => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux, as root';
  return existsSync(chroot) ? null : 'no chroot here';
})();

test('what the image is made of is enough: the relay runs in a bare folder as nobody, with a key file as Kubernetes mounts it, and nothing else is in there', async ({
  skip,
}) => {
  skip(obstacle !== null, obstacle ?? '');
  const root = temporaryFolder();
  chmodSync(root, 0o755);
  // Its Node is the one that runs this test.
  const environment = { PATH: `${join(process.execPath, '..')}:/usr/bin:/bin` };
  execFileSync('sh', ['docs/deploy/runtime.sh', place().entry, root], { env: environment });
  const programs = globSync('**', { cwd: root }).filter((name) => {
    const { mode } = statSync(join(root, name));
    return (mode & 0o170_000) === 0o100_000 && (mode & 0o111) !== 0 && !/\.so(\.|$)/.test(name);
  });
  expect(programs).toEqual(['usr/local/bin/node']);

  // Root's, readable by the group that the pod has: `fsGroup`.
  mkdirSync(join(root, 'run/secrets/staffetta'), { recursive: true });
  const key = join(root, 'run/secrets/staffetta/vault-key');
  writeFileSync(key, `${randomBytes(32).toString('base64')}\n`);
  const give = (mode: number): void => {
    chownSync(key, 0, user);
    chmodSync(key, mode);
  };
  const port = await freePort();
  const settings = {
    PATH: '/usr/local/bin',
    STAFFETTA_HOST: '0.0.0.0',
    STAFFETTA_PORT: String(port),
    STAFFETTA_DATA_DIR: '/data',
    STAFFETTA_VAULT_KEY_FILE: '/run/secrets/staffetta/vault-key',
  };
  const inside = (...args: string[]): string[] => [
    `--userspec=${user}:${user}`,
    root,
    '/usr/local/bin/node',
    '/app/relay.js',
    ...args,
  ];
  const run = (...args: string[]) => spawnSync(chroot, inside(...args), { env: settings, encoding: 'utf8' });

  give(0o444);
  expect(run('members').stderr).toContain('can be read by others');
  give(0o440);
  const relay = spawn(chroot, inside('start'), { env: settings, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(relay, 'exit');
  onTestFinished(async () => {
    relay.kill('SIGKILL');
    await exited;
  });
  const lines = createInterface(relay.stdout);
  for await (const line of lines) if (line.includes('relay ready')) break;
  expect(run('health')).toMatchObject({ status: 0, stdout: 'ready\n' });
  expect(run('invite', 'Mario Rossi').stdout).toContain('http://127.0.0.1:');
  expect(run('backup', '/backups/relay.age')).toMatchObject({ status: 0 });
  relay.stdout.resume();
  relay.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect(run('health')).toMatchObject({ status: 1 });
});
