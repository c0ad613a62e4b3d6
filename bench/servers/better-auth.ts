import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { toNodeHandler } from 'better-auth/node';
import { getMigrations } from 'better-auth/db/migration';
import { genericOAuth } from 'better-auth/plugins';

// What a team would take otherwise: better-auth with its own session, handing out the access token of a linked account.
const origin = `http://127.0.0.1:${process.env['PORT']}`;
const database = new DatabaseSync(process.env['DATABASE'] ?? '');
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
const options = {
  baseURL: origin,
  secret: 'a-secret-for-the-benchmark-alone-0123456789',
  database,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  account: { encryptOAuthTokens: true },
  plugins: [
    genericOAuth({
      config: [
        {
          providerId: 'provider',
          clientId: 'bench',
          clientSecret: 'bench',
          authorizationUrl: `${process.env['PROVIDER']}/oauth/authorize`,
          tokenUrl: `${process.env['PROVIDER']}/oauth/token`,
        },
      ],
    }),
  ],
} satisfies Parameters<typeof betterAuth>[0];
const auth = betterAuth(options);
await (await getMigrations(options)).runMigrations();
const context = await auth.$context;

const callers: Array<{ cookie: string; accountId: string }> = [];
for (let index = 0; index < Number(process.env['ACCOUNTS']); index += 1) {
  const email = `user-${index}@example.com`;
  const answer = await auth.api.signUpEmail({
    body: { email, password: 'a-long-password', name: `User ${index}` },
    asResponse: true,
  });
  const { user } = (await answer.json()) as { user: { id: string } };
  const { symmetricEncrypt } = await import('better-auth/crypto');
  const seal = (data: string) => symmetricEncrypt({ key: context.secret, data });
  const account = await context.internalAdapter.createAccount({
    userId: user.id,
    providerId: 'provider',
    accountId: `account-${index}`,
    accessToken: await seal(`a/${'x'.repeat(60)}`),
    refreshToken: await seal(`r/bench-${index}`),
    accessTokenExpiresAt: new Date(Date.now() + Number(process.env['LIFE_SECONDS']) * 1000),
    refreshTokenExpiresAt: new Date(Date.now() + 86_400_000),
    scope: 'entity.clients:r',
  });
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  callers.push({ cookie, accountId: account.id });
}
const handle = toNodeHandler(auth);
createServer((request, response) => {
  if (request.url === '/callers') response.end(JSON.stringify(callers));
  else void handle(request, response);
}).listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('ready'));
