import { text } from 'node:stream/consumers';
import { Failure } from '../../shared/failure.ts';
import { MemberId } from '../../shared/ids.ts';
import type { AuditLog } from '../audit.ts';
import type { Config } from '../config/config.ts';
import { checkManualToken } from '../connection/manual-token.ts';
import { makeConnection } from '../connection/new-connection.ts';
import { offered } from '../config/provider-settings.ts';
import { findConnectionTo } from '../store/connections.ts';
import type { Driver } from '../store/driver.ts';
import { isMember } from '../store/members.ts';
import type { Vault } from '../keys/vault.ts';

interface TokenTools {
  config: Config;
  store: Driver;
  vault: Vault;
  audit: AuditLog;
}

/** What became of a token that was added. */
interface Added {
  connectionId: string;
  providerName: string;
  /** Whether it took the place of another: that one is to be removed at the provider now. */
  hasReplaced: boolean;
  /** Where. */
  revocationSteps: string;
}

/**
 * Gives a member a token that was made by hand, for programs that work by themselves.
 *
 * The token is tried first. Where the member is connected already it takes the place of the old one in one step, so that
 * no call in between finds none; the old one still works at the provider until somebody removes it there.
 *
 * @throws Failure `not-found` (no such member, or no provider with such tokens) · `token-refused` · `provider-down`
 */
export async function addToken(
  { config, store, vault, audit }: TokenTools,
  member: string,
  token: string,
  now: () => number,
): Promise<Added> {
  const memberId = MemberId.safeParse(member).data;
  if (memberId === undefined || !(await isMember(store, memberId))) throw new Failure('not-found');
  const id = [...config.providers.values()].find(({ provider }) => provider.manualToken !== null)?.provider
    .id;
  const configured = offered(config, id ?? '', 'manual-token');
  const { provider } = configured;
  const tokens = await checkManualToken(configured, token);
  const previous = await findConnectionTo(store, memberId, provider.id);
  const { connection } = await store.transaction((statements) =>
    makeConnection({ config, vault, audit, now }, statements, {
      caller: { memberId },
      flow: { providerId: provider.id, method: 'manual-token', scopes: null },
      tokens,
      subject: {},
    }),
  );
  return {
    connectionId: connection.id,
    providerName: provider.name,
    hasReplaced: previous !== null,
    revocationSteps: provider.revocationSteps.en,
  };
}

/** The token from `STAFFETTA_TOKEN`, else from standard input; never from an argument, which others can see. */
export async function readToken(
  environment: Readonly<Record<string, string | undefined>>,
  input: NodeJS.ReadStream,
): Promise<string> {
  const given = environment['STAFFETTA_TOKEN'];
  if (given !== undefined) return given.trim();
  if (input.isTTY) process.stderr.write('Paste the token, then press Enter and Ctrl-D:\n');
  return (await text(input)).trim();
}
