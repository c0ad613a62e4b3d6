import { ConnectionId } from '../shared/ids.ts';
import type { Connection } from '../shared/api/connections.ts';
import type { Grant } from '../shared/api/grants.ts';
import type { AuditSubject } from './audit.ts';
import type { Deps } from './deps.ts';
import type { TokenSet } from './oauth.ts';
import { newId } from './random.ts';
import type { Statements } from './store/driver.ts';
import { findConnectionTo, saveConnection, type NewConnection } from './store/connections.ts';
import type { Installation } from './store/members.ts';
import { sealTokens } from './tokens.ts';

/** What every way to connect ends in. */
interface Made {
  connection: Connection;
  grant: Grant;
}

/**
 * Keeps the tokens of a flow that has succeeded as the caller's connection to the provider.
 *
 * Connecting again keeps the connection's id, so that what the extension remembers of it stays true.
 *
 * @param flow what was asked for: the scopes hold where the provider does not say others
 */
export async function makeConnection(
  deps: Deps,
  statements: Statements,
  {
    caller,
    flow,
    tokens,
    subject,
  }: {
    caller: Installation;
    flow: { providerId: string; scopes: string[] };
    tokens: TokenSet;
    subject: AuditSubject;
  },
): Promise<Made> {
  const { memberId } = caller;
  const { providerId } = flow;
  const previous = await findConnectionTo(statements, memberId, providerId);
  const id = previous?.id ?? ConnectionId.parse(newId('con'));
  const owner = { id, memberId, providerId, refreshToken: null };
  const saved: NewConnection = {
    ...owner,
    ...sealTokens(deps.vault, owner, tokens),
    status: 'active',
    scopes: tokens.scopes ?? flow.scopes,
    createdAtMs: deps.now(),
    refreshedAtMs: deps.now(),
  };
  await saveConnection(statements, saved);
  const { accessToken, expiresAtMs } = tokens;
  const note = { ...subject, memberId, connectionId: id, providerId, token: accessToken };
  await deps.audit.recordIn(statements, { event: 'connection_made', ...note });
  const { status, scopes, createdAtMs } = saved;
  return {
    connection: { id, providerId, status, scopes, createdAtMs },
    grant: { connectionId: id, accessToken, expiresAtMs, scopes },
  };
}
