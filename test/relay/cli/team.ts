import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { createDatabase, runsOnPostgres } from '../../postgres/database.ts';
import { credentials } from '../harness.ts';
import { temporaryFolder } from '../process.ts';
import { openSandboxed } from '../sandboxed.ts';
import { runCommand } from './run.ts';

/** A relay with one connected member, and the settings with which commands find its database. */
export async function openTeam() {
  const file = join(temporaryFolder(), 'relay.sqlite');
  const url = runsOnPostgres ? await createDatabase() : null;
  const vaultKey = randomBytes(32).toString('base64');
  const sandboxed = await openSandboxed({ database: url ?? file, vaultKey });
  const { relay, sandbox, connect } = sandboxed;
  const installation = await relay.join('Mario Rossi');
  const { connection } = await connect(installation);
  const environment: Record<string, string> = {
    STAFFETTA_DATA_DIR: dirname(file),
    STAFFETTA_PUBLIC_URL: relay.publicUrl,
    STAFFETTA_VAULT_KEY: vaultKey,
    STAFFETTA_SITES: 'https://shop.example',
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: credentials.clientId,
    STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: credentials.clientSecret,
    STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: sandbox.origin,
    ...(url === null ? {} : { STAFFETTA_DATABASE_URL: url }),
  };
  const ids = await relay.store.get<{ member: string; installation: string }>(
    'SELECT member_id AS member, id AS installation FROM installations',
  );
  if (ids === undefined) throw new Error('nobody has enrolled');
  const json = async (...args: string[]): Promise<unknown> => {
    const { code, lines } = await runCommand([...args, '--json'], environment);
    expect(lines).toHaveLength(1);
    expect(code).toBe(0);
    return JSON.parse(lines[0] ?? '');
  };
  return {
    ...sandboxed,
    environment,
    installation,
    connectionId: connection.id,
    ids,
    json,
    url,
    folder: dirname(file),
  };
}
