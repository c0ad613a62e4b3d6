import { ConnectionId } from '../../shared/ids.ts';
import type { Decision } from '../../shared/policy.ts';
import type { Connection } from '../../shared/api/connections.ts';
import type { ConnectionMethod } from '../../shared/provider.ts';
import type { Grant } from '../../shared/api/grants.ts';
import type { AuditSubject } from '../audit.ts';
import type { Core } from '../core.ts';
import { describeConnection } from './describe.ts';
import type { TokenSet } from '../provider/oauth.ts';
import { newId } from '../keys/random.ts';
import type { Statements } from '../store/driver.ts';
import { findConnectionTo, saveConnection, type NewConnection } from '../store/connections.ts';
import { keepTeam, teamId } from '../store/members.ts';
import type { Installation } from '../store/installations.ts';
import { sealTokens } from './tokens.ts';

/** What every way to connect ends in. */
export interface Made {
  connection: Connection;
  /** Null where the relay makes the calls. */
  grant: Grant | null;
}

/**
 * Keeps the tokens of a flow that has succeeded as the caller's connection to the provider.
 *
 * Connecting again keeps the connection's id, so that what the extension remembers of it stays true.
 *
 * @param flow how, and what was asked for: the scopes hold where the provider does not say others; null where nobody
 *   but the member knows them
 */
export async function makeConnection(
  deps: Pick<Core, 'vault' | 'audit' | 'config' | 'now'>,
  statements: Statements,
  {
    caller,
    decision,
    flow,
    tokens,
    subject,
  }: {
    caller: Pick<Installation, 'memberId'>;
    /** What the policy says of them; where nobody has asked it, no token is answered. */
    decision?: Decision;
    flow: {
      providerId: string;
      method: ConnectionMethod;
      scopes: string[] | null;
      /** It is to be the team's. */
      forTeam?: boolean | undefined;
    };
    tokens: TokenSet;
    subject: AuditSubject;
  },
): Promise<Made> {
  const { providerId, forTeam = false } = flow;
  const memberId = forTeam ? teamId : caller.memberId;
  if (forTeam) await keepTeam(statements);
  const previous = await findConnectionTo(statements, memberId, providerId);
  const id = previous?.id ?? ConnectionId.parse(newId('con'));
  const owner = { id, memberId, providerId, refreshToken: null };
  const saved: NewConnection = {
    ...owner,
    ...sealTokens(deps.vault, owner, tokens),
    sharedWith: forTeam ? (previous?.sharedWith ?? 'everyone') : null,
    status: 'active',
    method: flow.method,
    scopes: tokens.scopes ?? flow.scopes,
    createdAtMs: deps.now(),
    refreshedAtMs: deps.now(),
  };
  await saveConnection(statements, saved);
  const { accessToken, expiresAtMs } = tokens;
  const actor = forTeam ? { actorId: caller.memberId } : {};
  const note = { ...subject, ...actor, memberId, connectionId: id, providerId, token: accessToken };
  await deps.audit.recordIn(statements, { event: 'connection_made', ...note });
  const connection = describeConnection(deps.config, saved, decision);
  const isDirect = decision !== undefined && connection.accessMode === 'direct';
  return {
    connection,
    grant: isDirect ? { connectionId: id, accessToken, expiresAtMs, scopes: saved.scopes ?? [] } : null,
  };
}
