import type { SealedTokens, StoredConnection } from '../store/connections.ts';
import type { TokenSet } from '../provider/oauth.ts';
import type { Place, Vault } from '../keys/vault.ts';

type Owner = Pick<StoredConnection, 'id' | 'memberId' | 'providerId'>;

type Kind = 'accessToken' | 'refreshToken';

const placeOf = (connection: Owner, kind: Kind): Place => ({
  table: 'connections',
  row: connection.id,
  column: kind === 'accessToken' ? 'access_token' : 'refresh_token',
  owner: [connection.memberId, connection.providerId],
});

/** Seals one token for the row of `connection`. */
export function sealToken(vault: Vault, connection: Owner, kind: Kind, token: string): string {
  return vault.seal(placeOf(connection, kind), token);
}

/** Seals a provider's tokens for the row of `connection`. A refresh that brings no new refresh token keeps the old. */
export function sealTokens(
  vault: Vault,
  connection: Owner & Pick<StoredConnection, 'refreshToken'>,
  tokens: TokenSet,
): SealedTokens {
  return {
    accessToken: sealToken(vault, connection, 'accessToken', tokens.accessToken),
    accessExpiresAtMs: tokens.expiresAtMs,
    refreshToken:
      tokens.refreshToken === null
        ? connection.refreshToken
        : sealToken(vault, connection, 'refreshToken', tokens.refreshToken),
  };
}

/**
 * Opens one of a connection's tokens.
 *
 * @returns null where there is none
 * @throws VaultError when the row was tampered with or its key is gone
 */
export function openToken(vault: Vault, connection: StoredConnection, kind: Kind): string | null {
  const sealed = connection[kind];
  if (sealed === null) return null;
  return vault.open(placeOf(connection, kind), sealed);
}
