import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from './port.ts';
import { startStora, type StoraSandbox } from '../test/sandbox/stora/stora.ts';
import { startSandbox, type Sandbox } from '../test/sandbox/sandbox.ts';

/** A relay in a process of its own, connected to a sandbox in this one. */
export interface Stack {
  sandbox: Sandbox;
  stora: StoraSandbox;
  relayOrigin: string;
  /** What the relay has logged so far, a line each. */
  log: readonly string[];
  /** Makes a one-time invite with the relay's own command. */
  invite(name: string): Promise<string>;
  /** Runs one of the relay's commands; answers what it printed. */
  run(...args: string[]): Promise<string>;
  /** Ends the relay's process; `startRelay` brings it back on the same database. */
  stopRelay(): Promise<void>;
  startRelay(): Promise<void>;
  close(): Promise<void>;
}

interface StackOptions {
  /** Folder of the relay's database and key. */
  dataDir: string;
  relayPort?: number;
  sandboxPort?: number;
  /** Fills in the sandbox's login form, for a person who only wants to look. */
  prefillLogin?: boolean;
  /** Whether the relay has an app of Stora too; it has. */
  withStora?: boolean;
  /** Settings that replace the ones below. */
  environment?: Record<string, string>;
  /** Redirect URL registered with the sandbox's app, if not the relay's own: the classic mistake. */
  registeredRedirect?: string;
}

/** Starts the sandbox and a relay that is configured for it. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const port = await freePort(options.relayPort);
  const relayOrigin = `http://127.0.0.1:${port}`;
  const clientId = 'staffetta-sandbox';
  const clientSecret = randomBytes(24).toString('base64url');
  const sandbox = await startSandbox({
    port: await freePort(options.sandboxPort),
    prefillLogin: options.prefillLogin ?? false,
    apps: [
      {
        name: 'Staffetta',
        clientId,
        clientSecret,
        redirectUri: options.registeredRedirect ?? `${relayOrigin}/callback/fatture-in-cloud`,
      },
    ],
  });
  const storaSecret = randomBytes(24).toString('base64url');
  const stora = await startStora({
    port: await freePort(),
    apps: [
      {
        name: 'Staffetta',
        clientId: 'staffetta-stora-sandbox',
        clientSecret: storaSecret,
        redirectUri: `${relayOrigin}/callback/stora`,
      },
    ],
  });
  const idOf = (resource: string): string => stora.state.list(resource)[0]?.id ?? '';
  const env = {
    PATH: process.env['PATH'] ?? '',
    // The same sources start again and again: what is compiled once is found.
    NODE_COMPILE_CACHE: '.staffetta/compile-cache',
    STAFFETTA_PORT: String(port),
    STAFFETTA_DATA_DIR: options.dataDir,
    STAFFETTA_VIES_URL: `${sandbox.origin}/vies`,
    STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: sandbox.origin,
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: clientId,
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: clientSecret,
    STAFFETTA_FATTURE_IN_CLOUD_WEBHOOK_KEY: sandbox.state.webhookKey.publicKey
      .export({ type: 'spki', format: 'pem' })
      .toString(),
    STAFFETTA_FATTURE_IN_CLOUD_METHODS: 'authorization-code,device-code,manual-token',
    ...(options.withStora === false
      ? {}
      : {
          STAFFETTA_STORA_ORIGIN: stora.origin,
          STAFFETTA_STORA_CLIENT_ID: 'staffetta-stora-sandbox',
          STAFFETTA_STORA_CLIENT_SECRET: storaSecret,
          STAFFETTA_STORA_TIMELINE_SOURCE: idOf('timeline/sources'),
          STAFFETTA_STORA_TIMELINE_TEMPLATE: idOf('timeline/templates'),
        }),
    ...options.environment,
  };
  const log: string[] = [];
  let relay: { stop(): Promise<void> } | null = null;

  const startRelay = async (): Promise<void> => {
    const child = spawn(process.execPath, ['relay/main.ts'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'exit');
    const ready = new Promise<void>((resolve, reject) => {
      const onLine = (line: string): void => {
        log.push(line);
        if (line.includes('relay ready')) resolve();
      };
      createInterface(child.stdout).on('line', onLine);
      createInterface(child.stderr).on('line', onLine);
      void ended.then(() => reject(new Error(`the relay ended:\n${log.slice(-5).join('\n')}`)));
    });
    await ready;
    relay = {
      async stop() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  };
  const stopRelay = async (): Promise<void> => {
    await relay?.stop();
    relay = null;
  };

  const run = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, ['relay/main.ts', ...args], { env })).stdout.trim();

  await startRelay();
  return {
    run,
    sandbox,
    stora,
    relayOrigin,
    log,
    startRelay,
    stopRelay,
    invite: (name) => run('invite', name),
    async close() {
      await stopRelay();
      await sandbox.close();
      await stora.close();
    },
  };
}
