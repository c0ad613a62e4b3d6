import type { SealedTokens, StoredConnection } from './store/connections.ts';
import type { TokenSet } from './oauth.ts';
import type { Place, Vault } from './vault.ts';

type Owner = Pick<StoredConnection, 'id' | 'memberId' | 'providerId'>;

const placeOf = (connection: Owner, column: 'access_token' | 'refresh_token'): Place => ({
  table: 'connections',
  row: connection.id,
  column,
  owner: [connection.memberId, connection.providerId],
});

/** Seals a provider's tokens for the row of `connection`. A refresh that brings no new refresh token keeps the old. */
export function sealTokens(
  vault: Vault,
  connection: Owner & Pick<StoredConnection, 'refreshToken'>,
  tokens: TokenSet,
): SealedTokens {
  return {
    accessToken: vault.seal(placeOf(connection, 'access_token'), tokens.accessToken),
    accessExpiresAtMs: tokens.expiresAtMs,
    refreshToken:
      tokens.refreshToken === null
        ? connection.refreshToken
        : vault.seal(placeOf(connection, 'refresh_token'), tokens.refreshToken),
  };
}

/**
 * Opens one of a connection's tokens.
 *
 * @returns null where there is none
 * @throws VaultError when the row was tampered with or its key is gone
 */
export function openToken(
  vault: Vault,
  connection: StoredConnection,
  kind: 'accessToken' | 'refreshToken',
): string | null {
  const sealed = connection[kind];
  if (sealed === null) return null;
  return vault.open(placeOf(connection, kind === 'accessToken' ? 'access_token' : 'refresh_token'), sealed);
}
