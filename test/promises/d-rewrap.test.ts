import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { rewrapVault } from '../../relay/rewrap.ts';
import { vaultFits } from '../../relay/keys/vault.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { sharedDatabase } from '../postgres/database.ts';
import { openRelay, vaultOf } from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';

const newKey = (): string => randomBytes(32).toString('base64');

it('D4: a key is changed under load: every read succeeds, everything is sealed anew, the old key opens nothing any more', async () => {
  const [oldKey, key] = [newKey(), newKey()];
  const database = await sharedDatabase();
  const endpoint = await openTokenEndpoint();
  const before = await openRelay({ database, vaultKey: oldKey, providerOrigin: endpoint.origin });
  expect(await vaultFits(before.vault, before.store)).toBe(true);
  const members = await Promise.all([before.join('Mario Rossi'), before.join('Anna Bianchi')]);
  const connected = await Promise.all(members.map((member) => before.connect(member)));
  await before.close();

  const during = await openRelay({ database, vaultKey: `${key},${oldKey}`, providerOrigin: endpoint.origin });
  expect(await vaultFits(during.vault, during.store)).toBe(true);
  const read = async (index: number): Promise<string> => {
    const member = members[index];
    const connectionId = connected[index]?.connection.id;
    if (member === undefined || connectionId === undefined) throw new Error('no such member');
    const again = new Installation(during, member.privateKey, member.jwk, member.thumbprint);
    await again.openSession();
    return (await again.call(createGrant, { params: { connectionId }, input: {} })).accessToken;
  };
  const reads = Array.from({ length: 20 }, (_, count) => read(count % 2));
  const progress: number[] = [];
  const resealed = await rewrapVault({ ...during.deps, onProgress: (count) => void progress.push(count) });
  const tokens = await Promise.all(reads);
  expect(resealed).toBe(2);
  expect(progress).toEqual([2]);
  expect(tokens).toEqual(Array.from({ length: 20 }, (_, count) => connected[count % 2]?.grant.accessToken));

  const rows = await during.store.all<{ access_token: string; refresh_token: string }>(
    'SELECT access_token, refresh_token FROM connections',
  );
  for (const sealed of rows.flatMap((row) => [row.access_token, row.refresh_token])) {
    expect(sealed.startsWith(`1.${vaultOf(key).keyId}.`)).toBe(true);
  }
  expect(await read(0)).toBe(connected[0]?.grant.accessToken);
  expect(await vaultFits(vaultOf(oldKey), during.store)).toBe(false);
  expect(await vaultFits(vaultOf(key), during.store)).toBe(true);
});
