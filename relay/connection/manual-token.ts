import { Failure } from '../../shared/failure.ts';
import { callProvider } from '../provider/call.ts';
import type { TokenSet } from '../provider/oauth.ts';
import type { ConfiguredProvider } from '../config/provider-settings.ts';

/** The last millisecond that dates can be written for in four-digit years: a token without an end. */
const neverMs = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * Checks a token that a member made by hand, by calls that every token of the provider may make.
 *
 * @returns the token as the relay keeps it
 * @throws Failure `token-refused` (not of the provider's form, or not accepted) · `provider-down` · `provider-unexpected`
 */
export async function checkManualToken(configured: ConfiguredProvider, token: string): Promise<TokenSet> {
  const { provider } = configured;
  const isWellFormed = token.startsWith(provider.tokens.accessPrefix) && /^[\x21-\x7e]{8,4096}$/.test(token);
  if (provider.manualToken === null || !isWellFormed) throw new Failure('token-refused');
  for (const path of provider.manualToken.checkPaths) {
    const answer = await callProvider(provider, { method: 'GET', path, query: '', accessToken: token });
    await answer.body?.cancel();
    if (answer.status === 401 || answer.status === 403) throw new Failure('token-refused');
    if (answer.status >= 500) throw new Failure('provider-down');
    if (answer.status !== 200) throw new Failure('provider-unexpected');
  }
  return { accessToken: token, refreshToken: null, expiresAtMs: neverMs, scopes: null };
}
