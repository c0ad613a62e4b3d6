import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { Failure } from '../../../shared/failure.ts';
import type { RelayEnv } from '../../http/env.ts';
import { headerOf } from '../../http/incoming.ts';
import { digest } from '../../keys/random.ts';

type Cookie = 'console' | 'console-sign-in' | 'console-language';

/** Browsers take `__Host-` cookies over https alone; a relay on loopback, for development, has to do without. */
const isHttps = (c: Context<RelayEnv>): boolean => c.var.deps.config.publicUrl.startsWith('https:');

const nameOf = (c: Context<RelayEnv>, cookie: Cookie): string =>
  `${isHttps(c) ? '__Host-' : ''}staffetta-${cookie}`;

/** What a cookie of ours says; empty where there is none. */
export const readCookie = (c: Context<RelayEnv>, cookie: Cookie): string =>
  getCookie(c, nameOf(c, cookie)) ?? '';

/**
 * Sets a cookie that no script reads, for this very host.
 *
 * @param sameSite `Lax` where a redirect from another site has to bring it along
 * @param maxAge seconds; without, it ends with the browser
 */
export function writeCookie(
  c: Context<RelayEnv>,
  cookie: Cookie,
  value: string,
  { sameSite = 'Strict', maxAge }: { sameSite?: 'Strict' | 'Lax'; maxAge?: number } = {},
): void {
  setCookie(c, nameOf(c, cookie), value, {
    path: '/',
    httpOnly: true,
    secure: isHttps(c),
    sameSite,
    ...(maxAge === undefined ? {} : { maxAge }),
  });
}

/** Takes a cookie back. */
export const eraseCookie = (c: Context<RelayEnv>, cookie: Cookie): void =>
  void deleteCookie(c, nameOf(c, cookie), { path: '/', secure: isHttps(c) });

/** What every form of a session carries: whoever does not know the session's token cannot know it. */
export const formTokenOf = (token: string): string => digest(`form ${token}`);

/**
 * Refuses a POST that none of our own pages has sent.
 *
 * @throws Failure `origin-refused`
 */
export function refuseForeignForm(c: Context<RelayEnv>): void {
  const site = headerOf(c, 'sec-fetch-site') ?? 'same-origin';
  if (headerOf(c, 'origin') !== c.var.deps.config.publicUrl || site !== 'same-origin') {
    throw new Failure('origin-refused');
  }
}
