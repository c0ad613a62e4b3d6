import { once } from 'node:events';
import { createServer } from 'node:http';
import { Provider, type Configuration } from 'oidc-provider';
import { freePort } from '../../scripts/port.ts';

/** A certified authorization server with rotation and reuse detection, on loopback. */
export interface OidcServer {
  issuer: string;
  credentials: { clientId: string; clientSecret: string };
  /** How often tokens were refreshed, and how often a used refresh token came back. */
  counts: { refreshes: number; reuses: number; revocations: number };
  /** Goes through login and consent as a person does; answers where the browser is sent at the end. */
  approve(authorizeUrl: string, login?: string): Promise<URL>;
  /** Approves a device as a person does at the verification page. */
  approveDevice(verificationUriComplete: string): Promise<void>;
  close(): Promise<void>;
}

interface OidcOptions {
  redirectUri: string;
  /** Life of access tokens, in seconds. */
  accessSeconds?: number;
  /** What it says of whoever signs in, beside who they are; asked at each sign-in. */
  claims?: (accountId: string) => Record<string, unknown>;
}

/** Starts the server with one confidential client. */
export async function startOidcServer(options: OidcOptions): Promise<OidcServer> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const credentials = { clientId: 'staffetta', clientSecret: 'canary-oidc-secret-5b1c7e90aa41d3f2' };
  const configuration: Configuration = {
    clients: [
      {
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret,
        redirect_uris: [options.redirectUri],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        // The native kind may come back to loopback without TLS.
        application_type: 'native',
      },
    ],
    pkce: { required: () => true },
    features: { deviceFlow: { enabled: true }, revocation: { enabled: true } },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    ttl: { AccessToken: options.accessSeconds ?? 3600, RefreshToken: 86_400, Grant: 86_400, Session: 86_400 },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, ...options.claims?.(accountId) }),
    }),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  };
  const provider = new Provider(issuer, configuration);
  const counts = { refreshes: 0, reuses: 0, revocations: 0 };
  provider.on('grant.success', (ctx) => {
    if (ctx.oidc.params?.['grant_type'] === 'refresh_token') counts.refreshes += 1;
  });
  provider.on('grant.revoked', () => {
    counts.reuses += 1;
  });
  provider.on('refresh_token.destroyed', () => {
    counts.revocations += 1;
  });
  const answer = provider.callback();
  const server = createServer((request, response) => {
    // The relay under test has a clock of its own.
    response.sendDate = false;
    void answer(request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    issuer,
    credentials,
    counts,
    approve: (url, login = 'mario') => new Browser(options.redirectUri, login).open(url),
    async approveDevice(url) {
      await new Browser(null, 'mario').open(url);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The little of a browser that the server's own pages need: cookies, redirects, and the one form on each page. */
class Browser {
  private readonly cookies = new Map<string, string>();
  private readonly end: string | null;
  private readonly login: string;

  constructor(end: string | null, login: string) {
    this.end = end;
    this.login = login;
  }

  async open(start: string): Promise<URL> {
    let url = new URL(start);
    let form: URLSearchParams | null = null;
    for (let hops = 0; hops < 20; hops += 1) {
      if (this.end !== null && url.href.startsWith(this.end)) return url;
      const response: Response = await fetch(url, {
        method: form === null ? 'GET' : 'POST',
        redirect: 'manual',
        headers: { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form === null ? {} : { body: form }),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        if (value === '') this.cookies.delete(name);
        else this.cookies.set(name, value);
      }
      const location = response.headers.get('location');
      const page = await response.text();
      form = null;
      if (location !== null) url = new URL(location, url);
      else {
        const next = formIn(page, this.login);
        if (next === null) return url;
        url = new URL(next.action === '' ? url : next.action, url);
        form = next.fields;
      }
    }
    throw new Error('the pages lead nowhere');
  }
}

function formIn(page: string, login: string): { action: string; fields: URLSearchParams } | null {
  const form = /<form[^>]*>[\s\S]*<\/form>/.exec(page)?.[0];
  if (form === undefined) return null;
  const action = (/action="([^"]*)"/.exec(form)?.[1] ?? '').replaceAll('&amp;', '&');
  const fields = new URLSearchParams();
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name === undefined) continue;
    const value =
      /value="([^"]*)"/.exec(input)?.[1] ?? (name === 'login' || name === 'password' ? login : '');
    fields.set(name, value);
  }
  return { action, fields };
}
