import { onTestFinished } from 'vitest';
import { approve } from '../sandbox/consent.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/sandbox.ts';

/** The one app that these tests register. */
export const app = {
  name: 'Staffetta',
  clientId: 'app-1',
  clientSecret: 'segreto-di-prova-0001',
  redirectUri: 'https://relay.example.it/oauth/callback',
};

/** A second app, to tell what belongs to an app from what belongs to a company. */
export const otherApp = { ...app, name: 'Altra', clientId: 'app-2', clientSecret: 'segreto-di-prova-0002' };

/** What an answer of the sandbox is read into. */
export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** The body of the token endpoint: tokens, or an error. */
export interface TokenBody {
  token_type?: string;
  access_token: string;
  refresh_token: string;
  expires_in?: number;
  error?: string;
  error_description?: string;
}

/** A page of clients. */
export interface List {
  data: Array<{ id: number; name: string }>;
  current_page: number;
  last_page: number;
  per_page: number;
  from: number | null;
  to: number | null;
  total: number;
  next_page_url: string | null;
  prev_page_url: string | null;
}

/** The API’s own error shape. */
export interface Refusal {
  error: { message: string; code?: string; validation_result?: Record<string, string[]> | null };
}

/** A sandbox with the few requests that the tests make of it. */
export interface Opened {
  sandbox: Sandbox;
  authorizeUrl(more?: Record<string, string>): string;
  token(fields: Record<string, string>): Promise<Answer<TokenBody>>;
  exchange(code: string, more?: Record<string, string>): Promise<Answer<TokenBody>>;
  refresh(token: string): Promise<Answer<TokenBody>>;
  code(email: string, more?: { companyIds?: number[]; scope?: string; client?: typeof app }): Promise<string>;
  login(email: string, more?: Parameters<Opened['code']>[1]): Promise<TokenBody>;
  api<Body>(token: string, path: string, init?: RequestInit): Promise<Answer<Body>>;
}

const read = async <Body>(response: Response): Promise<Answer<Body>> => ({
  status: response.status,
  headers: response.headers,
  body: JSON.parse((await response.text()) || 'null') as Body, // each test looks at what it needs of it
});

/** Starts a sandbox for the length of the test. */
export async function openSandbox(options: Partial<SandboxOptions> = {}): Promise<Opened> {
  const sandbox = await startSandbox({ apps: [app, otherApp], ...options });
  onTestFinished(() => sandbox.close());
  const authorizeUrl = (more: Record<string, string> = {}): string => {
    const query = {
      response_type: 'code',
      client_id: app.clientId,
      redirect_uri: app.redirectUri,
      scope: 'entity.clients:a',
      state: 'stato',
      ...more,
    };
    return `${sandbox.origin}/oauth/authorize?${new URLSearchParams(query)}`;
  };
  const opened: Opened = {
    sandbox,
    authorizeUrl,
    async token(fields) {
      const body = { client_id: app.clientId, client_secret: app.clientSecret, ...fields };
      const headers = { 'Content-Type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return read(await fetch(`${sandbox.origin}/oauth/token`, init));
    },
    exchange: (code, more = {}) =>
      opened.token({ grant_type: 'authorization_code', redirect_uri: app.redirectUri, code, ...more }),
    refresh: (token) => opened.token({ grant_type: 'refresh_token', refresh_token: token }),
    async code(email, { companyIds, scope = 'entity.clients:a', client = app } = {}) {
      const url = authorizeUrl({ client_id: client.clientId, scope });
      const end = await approve(url, companyIds === undefined ? { email } : { email, companyIds });
      return end.searchParams.get('code') ?? '';
    },
    async login(email, more = {}) {
      const { clientId, clientSecret } = more.client ?? app;
      const credentials = { client_id: clientId, client_secret: clientSecret };
      return (await opened.exchange(await opened.code(email, more), credentials)).body;
    },
    async api(token, path, init = {}) {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
      return read(await fetch(sandbox.origin + path, { ...init, headers }));
    },
  };
  return opened;
}
