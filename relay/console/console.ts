import { Hono } from 'hono';
import { Failure, reportOf } from '../../shared/failure.ts';
import { logFailure } from '../http/failure-log.ts';
import type { RelayApp } from '../http/env.ts';
import type { NotePolicyRefusal } from '../http/policy-refusal.ts';
import { refusalOf } from '../http/problem.ts';
import { RecipeError } from '../recipes.ts';
import { serveAuditPages } from './pages/audit.ts';
import { serveConnectionPages } from './pages/connections.ts';
import { serveEmailPages } from './pages/email.ts';
import { serveGivingPages } from './pages/give.ts';
import { serveKeyPages } from './pages/keys.ts';
import { guard, respond } from './frame/layout.ts';
import { h } from './frame/markup.ts';
import { serveOverview } from './pages/overview.ts';
import { servePeoplePages } from './pages/people.ts';
import { servePolicyPages } from './pages/policy.ts';
import { serveRecipePages } from './pages/recipes.ts';
import { serveReturnPages } from './pages/returns.ts';
import { script } from './frame/script.ts';
import { writeCookie } from './frame/session.ts';
import { serveSignInPages } from './pages/sign-in.ts';
import { style } from './frame/style.ts';
import { languageOf, wordsIn } from './frame/words.ts';

/** How long a chosen language is remembered, in seconds. */
const languageSeconds = 31_536_000;

/**
 * Builds the administrators' console: pages made here, forms sent here, no script needed.
 *
 * The API never looks at its cookies, and it has none of the API's calls: it uses the same functions.
 */
export function createConsole(notePolicyRefusal: NotePolicyRefusal): RelayApp {
  const app: RelayApp = new Hono();

  // Before anything is mounted: each handler takes the one that is there.
  app.onError(async (error, c) => {
    const { requestId, deps } = c.var;
    logFailure(deps, error, requestId);
    await notePolicyRefusal(c, error);
    guard(c);
    const { say, failure } = wordsIn(languageOf(c));
    const isRecipe = error instanceof RecipeError;
    // No page of a connection waits for a provider: there it means that the connection is in the middle of a refresh.
    const isRenewed = c.req.path.startsWith('/admin/connections/');
    const { status, headers } = refusalOf(isRecipe ? new Failure('request-invalid') : error, requestId);
    const wait = headers['Retry-After'];
    if (wait !== undefined) c.header('Retry-After', wait);
    const { code, fields = [] } = reportOf(error);
    const words = code === 'provider-down' && isRenewed ? say('failure-renewed') : failure(code);
    return respond(
      c,
      {
        title: say('failed'),
        status,
        body: h(
          'section',
          { class: 'card', role: 'alert' },
          h('p', null, isRecipe ? say('failure-recipe') : words),
          isRecipe ? h('pre', { tabindex: 0 }, error.message) : null,
          fields.length === 0 ? null : h('p', null, say('failedFields', fields.join(', '))),
          h('p', { class: 'hint' }, say('requestId', requestId)),
          h('p', null, h('a', { class: 'button', href: '/admin' }, say('toStart'))),
        ),
      },
      null,
    );
  });

  app.use(async (c, next) => {
    guard(c);
    const chosen = c.req.query('lang');
    if (c.req.method === 'GET' && (chosen === 'it' || chosen === 'en')) {
      writeCookie(c, 'console-language', chosen, { sameSite: 'Lax', maxAge: languageSeconds });
      const { pathname, searchParams } = new URL(c.req.url);
      searchParams.delete('lang');
      const query = searchParams.toString();
      // A path that begins with two slashes would lead elsewhere; ours begin with /admin.
      return c.redirect(query === '' ? pathname : `${pathname}?${query}`, 303);
    }
    return next();
  });

  const file = (path: string, type: string, text: string): void => {
    app.get(path, (c) => {
      c.header('Cache-Control', 'no-cache');
      return c.body(text, 200, { 'Content-Type': `${type}; charset=utf-8` });
    });
  };
  file('/console.css', 'text/css', style);
  file('/console.js', 'text/javascript', script);

  serveSignInPages(app);
  serveOverview(app);
  servePeoplePages(app);
  serveReturnPages(app);
  serveEmailPages(app);
  serveConnectionPages(app);
  serveGivingPages(app);
  servePolicyPages(app);
  serveRecipePages(app);
  serveAuditPages(app);
  serveKeyPages(app);
  app.all('*', () => {
    throw new Failure('not-found');
  });
  return app;
}
