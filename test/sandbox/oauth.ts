import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';
import { describeScopes, unknownScopes } from '../../shared/scopes.ts';
import { consentPage, errorPage, loginPage } from './pages.ts';
import type { Rotation, SandboxApp } from './sandbox.ts';
import type { Issued, SandboxState, User } from './state.ts';

interface OAuthOptions {
  apps: readonly SandboxApp[];
  state: SandboxState;
  now(): number;
  prefillLogin: boolean;
  rotation(): Rotation;
}

const { tokens } = fattureInCloud;

/** Mounts the authorization server: login, consent, token endpoint. */
export function mountOAuth(app: Hono, options: OAuthOptions): void {
  const { apps, state } = options;

  const userOf = (c: Context): User | undefined => {
    const id = state.logins.get(getCookie(c, 'fic_session') ?? '');
    return state.users.find((user) => user.id === id);
  };

  const requestOf = (c: Context) => {
    const query = c.req.query();
    const registered = apps.find(({ clientId }) => clientId === query['client_id']);
    const redirectUri = query['redirect_uri'] ?? '';
    if (
      registered === undefined ||
      registered.redirectUri !== redirectUri ||
      query['response_type'] !== 'code'
    ) {
      return null;
    }
    const scopes = (query['scope'] ?? '').split(' ').filter((scope) => scope !== '');
    return { registered, redirectUri, scopes };
  };

  const back = (c: Context, redirectUri: string, answer: Record<string, string>): Response => {
    const url = new URL(redirectUri);
    const given = c.req.query('state');
    if (given !== undefined) url.searchParams.set('state', given);
    for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
    return c.redirect(url.href, 303);
  };

  const companiesOf = (user: User) => state.companies.filter(({ id }) => user.companyIds.includes(id));
  const here = (c: Context): string => `/oauth/authorize${new URL(c.req.url).search}`;

  app.get('/oauth/authorize', (c) => {
    const request = requestOf(c);
    if (request === null)
      return c.html(errorPage('L’applicazione o l’indirizzo di reindirizzamento non sono corretti.'), 400);
    if (unknownScopes(fattureInCloud, request.scopes).length > 0) {
      return back(c, request.redirectUri, { error: 'invalid_scope', error_description: 'Scope non valido' });
    }
    const user = userOf(c);
    if (user === undefined) {
      return c.html(loginPage({ prefill: options.prefillLogin, failed: false, action: here(c) }));
    }
    return c.html(
      consentPage({
        appName: request.registered.name,
        userName: user.name,
        scopes: describeScopes(fattureInCloud, request.scopes).map(({ meaning }) => meaning.it),
        companies: companiesOf(user),
        action: here(c),
      }),
    );
  });

  app.post('/oauth/authorize', async (c) => {
    const request = requestOf(c);
    const isGood = request !== null && unknownScopes(fattureInCloud, request.scopes).length === 0;
    if (!isGood) return c.html(errorPage('La richiesta non è corretta.'), 400);
    const form = await c.req.formData();
    const user = userOf(c);
    if (user === undefined) {
      const found = state.users.find(
        ({ email, password }) => email === form.get('email') && password === form.get('password'),
      );
      if (found === undefined) {
        return c.html(loginPage({ prefill: options.prefillLogin, failed: true, action: here(c) }), 200);
      }
      const cookie = randomBytes(16).toString('base64url');
      state.logins.set(cookie, found.id);
      setCookie(c, 'fic_session', cookie, { httpOnly: true, sameSite: 'Lax', path: '/' });
      return c.redirect(here(c), 303);
    }
    if (form.get('decision') !== 'approve') {
      const error = { error: 'access_denied', error_description: 'L’utente ha rifiutato' };
      return back(c, request.redirectUri, error);
    }
    const allowed = new Set(user.companyIds);
    const companyIds = form
      .getAll('company')
      .map(Number)
      .filter((id) => allowed.has(id));
    const authorization = {
      clientId: request.registered.clientId,
      userId: user.id,
      scopes: request.scopes,
      companyIds,
      revoked: false,
    };
    const code = state.issue(
      'code',
      authorization,
      request.redirectUri,
      options.now() + tokens.codeSeconds * 1000,
    );
    return back(c, request.redirectUri, { code: code.value });
  });

  app.post('/oauth/token', async (c) => {
    const fields = await fieldsOf(c);
    const refuse = (error: string, error_description: string): Response =>
      c.json({ error, error_description }, 400);
    const registered = apps.find(({ clientId }) => clientId === fields['client_id']);
    const grant = fields['grant_type'];
    if (grant === undefined) return refuse('invalid_request', 'The grant type field is required.');
    if (grant !== 'authorization_code' && grant !== 'refresh_token') {
      return refuse('unsupported_grant_type', 'The grant type is not supported.');
    }
    if (registered === undefined || registered.clientSecret !== fields['client_secret']) {
      return refuse('invalid_client', 'Client authentication failed.');
    }
    const name = grant === 'authorization_code' ? 'code' : 'refresh_token';
    const given = fields[name];
    if (given === undefined) {
      return refuse('invalid_request', `The ${name} field is required when grant type is ${grant}.`);
    }
    if (name === 'code' && fields['redirect_uri'] === undefined) {
      return refuse('invalid_request', 'The redirect_uri field is required.');
    }
    const kind = grant === 'authorization_code' ? 'code' : 'refresh';
    const issued = state.issued.find((candidate) => candidate.kind === kind && candidate.value === given);
    const fits =
      issued !== undefined &&
      !issued.used &&
      !issued.authorization.revoked &&
      issued.authorization.clientId === registered.clientId &&
      issued.expiresAtMs > options.now() &&
      (kind === 'refresh' || issued.redirectUri === fields['redirect_uri']);
    if (!fits) return refuse('invalid_grant', 'The token has expired or is not valid.');
    if (kind === 'code' || options.rotation() === 'old-dies') issued.used = true;
    const isKept = options.rotation() === 'until-used' && kind === 'refresh';
    return c.json(tokenAnswer(state, issued, isKept, options.now()));
  });
}

function tokenAnswer(state: SandboxState, from: Issued, isKept: boolean, nowMs: number) {
  const { authorization, redirectUri } = from;
  const access = state.issue('access', authorization, redirectUri, nowMs + tokens.accessSeconds * 1000);
  if (isKept) access.replaces = from;
  const idleMs = (tokens.refreshIdleSeconds ?? 0) * 1000;
  const refresh = state.issue('refresh', authorization, redirectUri, nowMs + idleMs);
  return {
    token_type: 'bearer',
    access_token: access.value,
    refresh_token: refresh.value,
    expires_in: tokens.accessSeconds,
  };
}

async function fieldsOf(c: Context): Promise<Record<string, string | undefined>> {
  const isJson = (c.req.header('content-type') ?? '').includes('json');
  const body: unknown = isJson ? await c.req.json().catch(() => ({})) : await c.req.parseBody();
  const entries = Object.entries(body ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}
