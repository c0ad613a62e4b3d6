import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';
import { describeScopes, unknownScopes } from '../../shared/scopes.ts';
import {
  codePage,
  consentPage,
  donePage,
  errorPage,
  loginPage,
  manualTokensPage,
  manualTokensPath,
} from './pages.ts';
import type { Rotation, SandboxApp } from './sandbox.ts';
import type { DeviceCode, Issued, SandboxState, User } from './state.ts';

interface OAuthOptions {
  apps: readonly SandboxApp[];
  state: SandboxState;
  now(): number;
  prefillLogin: boolean;
  rotation(): Rotation;
  /** How long an access token lives, in seconds. */
  accessSeconds: number;
}

const { tokens } = fattureInCloud;

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const deviceSeconds = 300;
const intervalSeconds = 5;

/** Two groups of four, without letters and digits that look alike. */
const newUserCode = (): string => {
  const letters = [...randomBytes(8)].map((byte) => 'BCDFGHJKLMNPQRSTVWXZ'[byte % 20]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
};

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

  const logIn = (c: Context, form: FormData, action: string): Response => {
    const found = state.users.find(
      ({ email, password }) => email === form.get('email') && password === form.get('password'),
    );
    if (found === undefined) {
      return c.html(loginPage({ prefill: options.prefillLogin, failed: true, action }), 200) as Response;
    }
    const cookie = randomBytes(16).toString('base64url');
    state.logins.set(cookie, found.id);
    setCookie(c, 'fic_session', cookie, { httpOnly: true, sameSite: 'Lax', path: '/' });
    return c.redirect(action, 303);
  };

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
      return logIn(c, form, here(c));
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

  app.post('/oauth/device', async (c) => {
    const fields = await fieldsOf(c);
    const registered = apps.find(({ clientId }) => clientId === fields['client_id']);
    const scopes = (fields['scope'] ?? '').split(' ').filter((scope) => scope !== '');
    if (registered === undefined || fields['client_secret'] !== undefined) {
      return c.json({ error: 'invalid_client', error_description: 'Client authentication failed.' }, 400);
    }
    if (scopes.length === 0 || unknownScopes(fattureInCloud, scopes).length > 0) {
      return c.json({ error: 'invalid_scope', error_description: 'Scope non valido' }, 400);
    }
    const device: DeviceCode = {
      deviceCode: `d/${randomBytes(24).toString('base64url')}`,
      userCode: newUserCode(),
      clientId: registered.clientId,
      scopes,
      expiresAtMs: options.now() + deviceSeconds * 1000,
      decision: null,
      askedAtMs: Number.NEGATIVE_INFINITY,
      used: false,
    };
    state.devices.push(device);
    return c.json({
      data: {
        device_code: device.deviceCode,
        user_code: device.userCode,
        scope: Object.fromEntries(scopes.map((scope) => scope.split(':'))),
        verification_uri: `${new URL(c.req.url).origin}/connetti`,
        interval: intervalSeconds,
        expires_in: deviceSeconds,
      },
    });
  });

  const pollDevice = (
    c: Context,
    fields: Record<string, string | undefined>,
    refuse: (error: string, description: string) => Response,
  ): Response => {
    const device = state.devices.find(({ deviceCode }) => deviceCode === fields['device_code']);
    const isOwn = device?.clientId === fields['client_id'] && fields['client_secret'] === undefined;
    if (device === undefined || !isOwn || device.used) {
      return refuse('invalid_grant', 'The device code is not valid.');
    }
    const nowMs = options.now();
    if (device.expiresAtMs <= nowMs) return refuse('expired_token', 'The device code has expired.');
    const isEarly = nowMs - device.askedAtMs < intervalSeconds * 1000;
    device.askedAtMs = nowMs;
    if (isEarly) return refuse('slow_down', 'You are polling too quickly.');
    if (device.decision === 'declined') return refuse('access_denied', 'L’utente ha rifiutato');
    if (device.decision === null) {
      return refuse('authorization_pending', 'The authorization request is still pending.');
    }
    device.used = true;
    const from = state.issue('code', device.decision, '', nowMs);
    return c.json(tokenAnswer(options, from, false));
  };

  const showTokens = (c: Context, user: User, made: string | null): Response =>
    c.html(
      manualTokensPage({
        companies: companiesOf(user),
        scopes: fattureInCloud.scopes.map(({ name, meaning }) => ({ name, meaning: meaning.it })),
        made,
        tokens: state.issued.flatMap(({ authorization }, index) => {
          const { kind, userId, revoked, clientId, scopes } = authorization;
          return kind === 'manual' && userId === user.id && !revoked ? [{ index, clientId, scopes }] : [];
        }),
      }),
    ) as Response;

  app.get(manualTokensPath, (c) => {
    const user = userOf(c);
    if (user === undefined) {
      return c.html(loginPage({ prefill: options.prefillLogin, failed: false, action: manualTokensPath }));
    }
    return showTokens(c, user, null);
  });

  app.post(manualTokensPath, async (c) => {
    const form = await c.req.formData();
    const user = userOf(c);
    if (user === undefined) return logIn(c, form, manualTokensPath);
    const scopes = form.getAll('scope').map(String);
    const changed = state.issued[Number(form.get('index') ?? Number.NaN)];
    if (changed?.authorization.kind === 'manual' && changed.authorization.userId === user.id) {
      changed.authorization.scopes = scopes;
      return showTokens(c, user, null);
    }
    const companyIds = form
      .getAll('company')
      .map(Number)
      .filter((id) => user.companyIds.includes(id));
    const { value } = state.issueManual(user.email, String(form.get('client_id')), scopes, companyIds);
    return showTokens(c, user, value);
  });

  app.get('/connetti', (c) => {
    const user = userOf(c);
    if (user === undefined) {
      return c.html(loginPage({ prefill: options.prefillLogin, failed: false, action: '/connetti' }));
    }
    return c.html(codePage(companiesOf(user), user.name));
  });

  app.post('/connetti', async (c) => {
    const form = await c.req.formData();
    const user = userOf(c);
    if (user === undefined) return logIn(c, form, '/connetti');
    const typed = String(form.get('code') ?? '')
      .trim()
      .toUpperCase();
    const device = state.devices.find(
      ({ userCode, decision, expiresAtMs }) =>
        userCode === typed && decision === null && expiresAtMs > options.now(),
    );
    if (device === undefined) return c.html(codePage(companiesOf(user), user.name, true), 200);
    const allowed = new Set(user.companyIds);
    const companyIds = form
      .getAll('company')
      .map(Number)
      .filter((id) => allowed.has(id));
    const { clientId, scopes } = device;
    const given = { clientId, userId: user.id, scopes, companyIds, revoked: false, kind: 'device' as const };
    device.decision = form.get('decision') === 'approve' ? given : 'declined';
    return c.html(
      donePage(device.decision === 'declined' ? 'Hai rifiutato.' : 'Fatto: torna all’applicazione.'),
    );
  });

  app.post('/oauth/token', async (c) => {
    const fields = await fieldsOf(c);
    const refuse = (error: string, error_description: string): Response =>
      c.json({ error, error_description }, 400);
    const registered = apps.find(({ clientId }) => clientId === fields['client_id']);
    const grant = fields['grant_type'];
    if (grant === undefined) return refuse('invalid_request', 'The grant type field is required.');
    if (grant === deviceGrant) return pollDevice(c, fields, refuse);
    if (grant !== 'authorization_code' && grant !== 'refresh_token') {
      return refuse('unsupported_grant_type', 'The grant type is not supported.');
    }
    const ofDevice = state.issued.some(
      ({ kind, value, authorization }) =>
        kind === 'refresh' && value === fields['refresh_token'] && authorization.kind === 'device',
    );
    const secret = ofDevice ? undefined : registered?.clientSecret;
    if (registered === undefined || secret !== fields['client_secret']) {
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
    return c.json(tokenAnswer(options, issued, isKept));
  });
}

function tokenAnswer({ state, now, accessSeconds }: OAuthOptions, from: Issued, isKept: boolean) {
  const nowMs = now();
  const { authorization, redirectUri } = from;
  const access = state.issue('access', authorization, redirectUri, nowMs + accessSeconds * 1000);
  if (isKept) access.replaces = from;
  const idleMs = (tokens.refreshIdleSeconds ?? 0) * 1000;
  const refresh = state.issue('refresh', authorization, redirectUri, nowMs + idleMs);
  return {
    token_type: 'bearer',
    access_token: access.value,
    refresh_token: refresh.value,
    expires_in: accessSeconds,
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
