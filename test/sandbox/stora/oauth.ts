import { createHash, randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { stora } from '../../../shared/providers/stora.ts';
import { describeScopes, unknownScopes } from '../../../shared/scopes.ts';
import { consentPage, errorPage } from '../pages.ts';
import type { SandboxApp } from '../sandbox.ts';
import { newPair, type StoraPair, type StoraState } from './state.ts';

interface OAuthOptions {
  apps: readonly SandboxApp[];
  state: StoraState;
  now(): number;
}

const accessMs = stora.tokens.accessSeconds * 1000;
const codeMs = stora.tokens.codeSeconds * 1000;

/** The live pair that a bearer token belongs to; its first use ends the pair before. */
export function pairOf({ state, now }: Pick<OAuthOptions, 'state' | 'now'>, c: Context): StoraPair | null {
  const value = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
  const pair = state.pairs.find(({ access, code }) => access === value && code === null);
  if (pair === undefined || pair.revoked || pair.grant.revoked || pair.createdAtMs + accessMs <= now())
    return null;
  if (pair.replaces !== null) pair.replaces.revoked = true;
  return pair;
}

/** Mounts the authorization server as Doorkeeper behaves. */
export function mountStoraOAuth(app: Hono, options: OAuthOptions): void {
  const { apps, state, now } = options;
  const refuse = (c: Context, status: 400 | 401 | 403, error: string): Response => {
    const error_description = `The request was refused: ${error}.`;
    return c.json(
      state.switches.oauthErrors === 'flat'
        ? { error, error_description }
        : { error: { code: error, message: error_description, type: 'invalid_request_error' } },
      status,
    );
  };

  const requestOf = (c: Context) => {
    const query = c.req.query();
    const registered = apps.find(({ clientId }) => clientId === query['client_id']);
    const redirectUri = query['redirect_uri'] ?? '';
    if (registered === undefined || registered.redirectUri !== redirectUri) return null;
    const scopes = (query['scope'] ?? '').split(' ').filter((scope) => scope !== '');
    const isGood =
      query['response_type'] === 'code' && scopes.length > 0 && unknownScopes(stora, scopes).length === 0;
    return { registered, redirectUri, scopes, isGood, query };
  };
  const back = (c: Context, redirectUri: string, answer: Record<string, string>): Response => {
    const url = new URL(redirectUri);
    for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
    const given = c.req.query('state');
    if (given !== undefined) url.searchParams.set('state', given);
    return c.redirect(url.href, 302);
  };
  const grantCode = (c: Context, request: NonNullable<ReturnType<typeof requestOf>>): Response => {
    const grant = {
      clientId: request.registered.clientId,
      operator: state.operator,
      scopes: request.scopes,
      revoked: false,
    };
    const code = randomBytes(32).toString('base64url');
    const pair = newPair(grant, now(), {
      code,
      redirectUri: request.redirectUri,
      codeChallenge: request.query['code_challenge'] ?? null,
    });
    state.pairs.push(pair);
    return back(c, request.redirectUri, { code });
  };

  app.get('/oauth2/authorize', (c) => {
    const request = requestOf(c);
    if (request === null || !request.isGood) {
      const mayRedirect = request !== null && state.switches.authorizeErrors === 'redirect';
      if (mayRedirect)
        return back(c, request.redirectUri, { error: 'invalid_scope', error_description: 'x' });
      return c.html(errorPage('The requested scope, client or redirect URI is not valid.'), 400);
    }
    const hasConsented = state.pairs.some(
      ({ grant }) =>
        grant.clientId === request.registered.clientId &&
        !grant.revoked &&
        [...grant.scopes].sort().join() === [...request.scopes].sort().join(),
    );
    if (state.switches.skipsConsent && hasConsented) return grantCode(c, request);
    return c.html(
      consentPage({
        appName: request.registered.name,
        userName: state.operator,
        scopes: describeScopes(stora, request.scopes).map(({ meaning }) => meaning.it),
        companies: [],
        action: `/oauth2/authorize${new URL(c.req.url).search}`,
      }),
    );
  });

  app.post('/oauth2/authorize', async (c) => {
    const request = requestOf(c);
    if (request === null || !request.isGood) return c.html(errorPage('The request is not valid.'), 400);
    const form = await c.req.formData();
    if (form.get('decision') !== 'approve') {
      return back(c, request.redirectUri, {
        error: 'access_denied',
        error_description: 'The resource owner denied the request.',
      });
    }
    return grantCode(c, request);
  });

  app.post('/oauth2/token', async (c) => {
    const fields = await fieldsOf(c);
    const registered = apps.find(({ clientId }) => clientId === fields['client_id']);
    if (registered === undefined || registered.clientSecret !== fields['client_secret']) {
      return refuse(c, 401, 'invalid_client');
    }
    const nowMs = now();
    if (fields['grant_type'] === 'authorization_code') {
      const pair = state.pairs.find(({ code }) => code !== null && code === fields['code']);
      const isProven =
        pair !== undefined &&
        (pair.codeChallenge === null ||
          createHash('sha256')
            .update(fields['code_verifier'] ?? '')
            .digest('base64url') === pair.codeChallenge);
      if (
        pair === undefined ||
        !isProven ||
        pair.grant.clientId !== registered.clientId ||
        pair.redirectUri !== fields['redirect_uri'] ||
        pair.createdAtMs + codeMs <= nowMs
      ) {
        return refuse(c, 400, 'invalid_grant');
      }
      pair.code = null;
      pair.createdAtMs = nowMs;
      return c.json(answerOf(pair));
    }
    if (fields['grant_type'] === 'refresh_token') {
      const pair = state.pairs.find(
        ({ refresh, code }) => refresh === fields['refresh_token'] && code === null,
      );
      if (
        pair === undefined ||
        pair.revoked ||
        pair.grant.revoked ||
        pair.grant.clientId !== registered.clientId
      ) {
        return refuse(c, 400, 'invalid_grant');
      }
      const isAtOnce = state.switches.rotation === 'immediate';
      if (isAtOnce) pair.revoked = true;
      const next = newPair(pair.grant, nowMs, { replaces: isAtOnce ? null : pair });
      state.pairs.push(next);
      return c.json(answerOf(next));
    }
    return refuse(c, 400, 'unsupported_grant_type');
  });

  app.get('/oauth2/token/info', (c) => {
    const pair = pairOf(options, c);
    if (pair === null) return refuse(c, 401, 'invalid_token');
    const createdAt = Math.floor(pair.createdAtMs / 1000);
    const leftSeconds = createdAt + accessMs / 1000 - Math.floor(now() / 1000);
    return c.json({
      scope: pair.grant.scopes,
      expires_in: state.switches.tokenInfoExpiry === 'epoch' ? createdAt + accessMs / 1000 : leftSeconds,
      created_at: createdAt,
      application: { uid: pair.grant.clientId },
      operator: { name: pair.grant.operator },
    });
  });

  app.post('/oauth2/revoke', async (c) => {
    if (!state.switches.revocation) return c.json({ error: 'not_found' }, 404);
    const fields = await fieldsOf(c);
    const registered = apps.find(({ clientId }) => clientId === fields['client_id']);
    if (registered?.clientSecret !== fields['client_secret']) return refuse(c, 403, 'unauthorized_client');
    for (const pair of state.pairs) {
      if (pair.access === fields['token'] || pair.refresh === fields['token']) pair.revoked = true;
    }
    return c.json({});
  });
}

const answerOf = ({ access, refresh, grant, createdAtMs }: StoraPair) => ({
  access_token: access,
  token_type: 'Bearer',
  expires_in: accessMs / 1000,
  refresh_token: refresh,
  scope: grant.scopes.join(' '),
  created_at: Math.floor(createdAtMs / 1000),
});

async function fieldsOf(c: Context): Promise<Record<string, string | undefined>> {
  const isJson = (c.req.header('content-type') ?? '').includes('json');
  const body: unknown = isJson ? await c.req.json().catch(() => ({})) : await c.req.parseBody();
  return Object.fromEntries(
    Object.entries(body ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
