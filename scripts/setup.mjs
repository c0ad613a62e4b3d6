/**
 * Prepares a fresh clone and then runs a script of this folder: `node scripts/setup.mjs [FLAG] SCRIPT.ts ARGS…`; with
 * `--browser` also Chromium, with `--browsers` everything that the tests drive: Firefox, nginx and Caddy too.
 *
 * Runs on Node 20 with nothing installed, so it is plain JavaScript without dependencies. Every step is skipped when
 * its result is already there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { placeFault } from './place.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeMajor = 24;
const args = process.argv.slice(2);
const wantsBrowsers = args[0] === '--browsers';
const takesBrowser = wantsBrowsers || args[0] === '--browser';
if (takesBrowser) args.shift();
const [script, ...scriptArgs] = args;
// Who loads the extension by hand has a browser.
const wantsBrowser = takesBrowser && !scriptArgs.includes('--by-hand');

/** Runs one step, says what it does and how long it took. */
const step = (name, work) => {
  const startedAt = performance.now();
  work();
  console.log(`✓ ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
};

const fail = (sentence) => {
  console.error(`✗ ${sentence}`);
  process.exit(1);
};

/**
 * Entry of npm in JavaScript: of the npm that started this script, or of the one that comes with this Node; null where there is none.
 *
 * On Windows the command `npm` is a batch file, which Node starts through a shell only.
 */
const findNpm = () => {
  const folder = dirname(process.execPath);
  const entry = join('node_modules', 'npm', 'bin', 'npm-cli.js');
  return (
    [
      process.env.npm_execpath ?? '',
      join(folder, entry),
      join(folder, '..', 'lib', entry),
      join(folder, '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
    ].find((path) => path.endsWith('npm-cli.js') && existsSync(path)) ?? null
  );
};

const installDependencies = () => {
  const stamp = join(root, 'node_modules', '.staffetta-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  step('dependencies from the lock file', () => {
    const entry = findNpm();
    // A machine for production leaves out by its settings the tools that build, and the Node that they run on.
    const options = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    const npm =
      entry === null
        ? null
        : spawnSync(process.execPath, [entry, 'ci', ...options], {
            cwd: root,
            stdio: ['ignore', 'ignore', 'inherit'],
          });
    if (npm?.status !== 0)
      fail('npm ci failed: install npm 10 or newer and make sure that it reaches its registry.');
    writeFileSync(stamp, lock);
  });
};

const findNode = () => {
  if (Number.parseInt(process.versions.node, 10) >= nodeMajor) return process.execPath;
  const suffix = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const local = join(root, 'node_modules', name, suffix);
  if (!existsSync(local)) {
    fail(
      `Node ${nodeMajor} is needed and no package brings it for ${process.platform}-${process.arch}: install it from nodejs.org.`,
    );
  }
  return local;
};

const run = (node, script, scriptArgs) =>
  new Promise((resolve) => {
    const child = spawn(node, [join(root, script), ...scriptArgs], {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        // Programs that start a `node` of their own get the Node chosen here, not the one that started npm.
        PATH: [dirname(node), process.env.PATH].join(delimiter),
      },
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 0));
  });

const fault = placeFault(root, process.platform);
if (fault !== null) fail(fault);
installDependencies();
const node = findNode();
if (wantsBrowser) {
  const code = await run(node, 'scripts/install-browser.ts', wantsBrowsers ? ['--firefox'] : []);
  if (code !== 0) process.exit(code);
}
if (wantsBrowsers) await run(node, 'scripts/install-proxies.ts', []);
process.exit(await run(node, script, scriptArgs));
