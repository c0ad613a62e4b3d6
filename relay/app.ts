import { Hono, type Context } from 'hono';
import { routePath } from 'hono/route';
import { contractHeader, contractHeaderName, contractText, matchContract } from '../shared/contract.ts';
import { Failure } from '../shared/failure.ts';
import type { Deps } from './deps.ts';
import { endpoints } from '../shared/api/registry.ts';
import { createConsole } from './console/console.ts';
import { loggedPathOf } from './console/pages/sign-in.ts';
import { refuseOtherMethods } from './http/endpoint.ts';
import type { RelayApp, RelayEnv } from './http/env.ts';
import { logFailure } from './http/failure-log.ts';
import { headerOf, requestPath, peerOf } from './http/incoming.ts';
import { createPolicyRefusals } from './http/policy-refusal.ts';
import { refusalOf } from './http/problem.ts';
import { newRequestId } from './keys/random.ts';
import { Refusal } from './failures/refusal.ts';
import { serveAudit } from './routes/audit.ts';
import { serveConnect } from './routes/connect.ts';
import { serveBroker } from './routes/broker.ts';
import { serveConnections } from './routes/connections.ts';
import { serveDoctor } from './routes/doctor.ts';
import { serveDeviceFlows } from './routes/device-flows.ts';
import { serveEnrolments } from './routes/enrolments.ts';
import { serveFlows } from './routes/flows.ts';
import { serveGrants } from './routes/grants.ts';
import { serveHealth } from './routes/health.ts';
import { serveOpenApi } from './routes/openapi.ts';
import { serveLinks } from './routes/links.ts';
import { serveManualConnections } from './routes/manual-connections.ts';
import { serveMembers } from './routes/members.ts';
import { serveNotices } from './routes/notices.ts';
import { servePolicy } from './routes/policy.ts';
import { serveProviders } from './routes/providers.ts';
import { serveSessions } from './routes/sessions.ts';
import { serveRecipes } from './routes/recipes.ts';
import { serveSignIns } from './routes/sign-ins.ts';
import { serveSites } from './routes/sites.ts';
import { serveVatNumbers } from './routes/vat-numbers.ts';
import { serveWebhooks } from './routes/webhooks.ts';
import { serveWrites } from './routes/writes.ts';

/** Builds the relay's HTTP surface: middleware in order, the routes, and the one place where a failure gets a status. */
export function createApp(deps: Deps): RelayApp {
  const app: RelayApp = new Hono();
  const notePolicyRefusal = createPolicyRefusals(deps);
  const isHttps = deps.config.publicUrl.startsWith('https:');

  app.use(async (c, next) => {
    const requestId = newRequestId();
    const startedAt = performance.now();
    c.set('deps', deps);
    c.set('requestId', requestId);
    c.set(
      'address',
      deps.addressOf(peerOf(c), (name) => headerOf(c, name)),
    );
    // Constant headers, set before the handler: afterwards Hono would have to copy the answer.
    c.header('Cache-Control', 'no-store');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('X-Frame-Options', 'DENY');
    c.header(contractHeader, contractText);
    if (isHttps) c.header('Strict-Transport-Security', 'max-age=31536000');
    deps.limits.take('all', '');
    // Hono gives HEAD to the GET handler; none here is made for it (the API's own refuse it themselves).
    if (c.req.method === 'HEAD' && !c.req.path.startsWith('/v1/'))
      throw new Refusal('method-refused', { Allow: 'GET' });
    if (c.req.path.startsWith('/v1/')) {
      refuseForeignOrigin(headerOf(c, 'origin'), deps);
      refuseOutdated(headerOf(c, contractHeaderName));
    }
    await deps.traces.span(c.req.method, { 'staffetta.request': requestId }, async (tell) => {
      await next();
      tell({ 'http.route': routeOf(c), 'http.response.status_code': c.res.status });
    });
    const ms = performance.now() - startedAt;
    deps.metrics.answered(routeOf(c), c.res.status, ms);
    deps.log.info(
      {
        requestId,
        method: c.req.method,
        path: loggedPathOf(requestPath(c)).slice(0, 200),
        status: c.res.status,
        ms: Math.round(ms * 10) / 10,
        installationId: c.get('caller')?.installationId,
      },
      'request',
    );
  });

  serveHealth(app);
  serveDoctor(app);
  serveOpenApi(app);
  serveEnrolments(app);
  serveSignIns(app);
  serveSessions(app);
  serveProviders(app);
  serveFlows(app);
  serveDeviceFlows(app);
  serveConnect(app);
  serveConnections(app);
  serveGrants(app);
  serveManualConnections(app);
  serveLinks(app);
  serveSites(app);
  serveVatNumbers(app);
  serveMembers(app);
  servePolicy(app);
  serveAudit(app);
  serveRecipes(app);
  serveWrites(app);
  serveNotices(app);
  serveWebhooks(app);
  serveBroker(app);
  app.route('/admin', createConsole(notePolicyRefusal));
  refuseOtherMethods(app, endpoints);

  for (const path of [
    '/connect/*',
    '/callback/*',
    '/sign-in/*',
    '/sign-in-callback',
    '/health',
    '/ready',
    '/openapi.json',
    '/api',
  ]) {
    app.all(path, () => {
      throw new Refusal('method-refused', { Allow: 'GET' });
    });
  }
  app.notFound(() => {
    throw new Failure('not-found');
  });
  app.onError(async (error, c) => {
    const requestId = c.get('requestId');
    logFailure(deps, error, requestId);
    await notePolicyRefusal(c, error);
    const { body, status, headers } = refusalOf(error, requestId);
    return c.body(body, status as 400, headers); // Hono's type wants a literal; any of them will do
  });
  return app;
}

/** The pattern of the route that answers, so that what is counted by it stays bounded; `-` where none does. */
const routeOf = (c: Context<RelayEnv>): string => {
  const path = routePath(c, -1);
  return path === '/*' || path === '*' ? '-' : path;
};

/** Before anything is read: what two sides mean who do not know each other's contract is anybody's guess. */
function refuseOutdated(header: string | undefined): void {
  const { verdict } = matchContract(header);
  if (verdict === 'other-outdated') throw new Failure('extension-outdated');
  if (verdict === 'self-outdated') throw new Failure('relay-outdated');
}

/** The proof is the gate; this only keeps web pages from trying (Firefox's origin is random for each installation). */
function refuseForeignOrigin(origin: string | undefined, { config }: Deps): void {
  if (origin === undefined || /^moz-extension:\/\/[0-9a-f-]{36}$/.test(origin)) return;
  const { hostname } = new URL(config.redirectTargets.chrome);
  if (origin === `chrome-extension://${hostname.split('.')[0]}`) return;
  throw new Failure('origin-refused');
}
