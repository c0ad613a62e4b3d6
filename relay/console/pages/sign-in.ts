import { Failure } from '../../../shared/failure.ts';
import type { RelayApp } from '../../http/env.ts';
import { beginAdminSignIn, signInAdmin, signOutAdmin } from '../../sso/admin-session.ts';
import { respond } from '../frame/layout.ts';
import { enterByLink } from './link.ts';
import { h, hint } from '../frame/markup.ts';
import { eraseCookie, readCookie, refuseForeignForm, writeCookie } from '../frame/session.ts';
import { change } from '../frame/visit.ts';
import { languageOf, wordsIn } from '../frame/words.ts';

const linkPath = '/admin/enter/';

/** A path as it may stand in the log: the secret of a link may not. */
export const loggedPathOf = (path: string): string =>
  path.startsWith(linkPath) ? `${linkPath}[secret]` : path;

/** How long a sign-in at the identity provider may take, in seconds. */
const signInSeconds = 600;

/** Serves the two ways into the console, and the way out. */
export function serveSignInPages(app: RelayApp): void {
  app.get('/sign-in', (c) => {
    const { say } = wordsIn(languageOf(c));
    const { deps, address } = c.var;
    deps.limits.take('anonymous', address);
    const done = c.req.query('done') === 'signedOut';
    return respond(
      c,
      {
        title: say('signIn'),
        body: h(
          'section',
          { class: 'card' },
          done ? null : h('p', null, say('signInNeeded')),
          deps.identity === null
            ? null
            : h('p', null, h('a', { class: 'button primary', href: '/admin/sso' }, say('signInSso'))),
          h('p', null, say(deps.identity === null ? 'signInLinkOnly' : 'signInLink')),
          h('pre', { tabindex: 0 }, 'npm run relay -- console'),
          hint(say('signInRoles')),
        ),
      },
      null,
    );
  });

  // Opening a link does nothing: mail programs and browsers open addresses that nobody has clicked.
  app.get('/enter/:secret', (c) => {
    const { say } = wordsIn(languageOf(c));
    // The address is a secret still: not even our own style sheet is asked for with it.
    c.header('Referrer-Policy', 'strict-origin');
    c.var.deps.limits.take('anonymous', c.var.address);
    return respond(
      c,
      {
        title: say('signIn'),
        body: h(
          'section',
          { class: 'card' },
          h('p', null, say('enterExplained')),
          // To this same address: the secret is not repeated in the page.
          h('form', { method: 'post' }, h('button', { type: 'submit', class: 'primary' }, say('continue'))),
        ),
      },
      null,
    );
  });
  app.post('/enter/:secret', async (c) => {
    const { deps, address, requestId } = c.var;
    deps.limits.take('enrolment', address);
    refuseForeignForm(c);
    const { token } = await enterByLink(deps, c.req.param('secret'), requestId);
    writeCookie(c, 'console', token);
    return c.redirect('/admin', 303);
  });

  app.get('/sso', async (c) => {
    const { deps, address } = c.var;
    deps.limits.take('anonymous', address);
    const { startUrl, binding } = await beginAdminSignIn(deps);
    // Lax: the identity provider's redirect has to bring it along.
    writeCookie(c, 'console-sign-in', binding, { sameSite: 'Lax', maxAge: signInSeconds });
    return c.redirect(startUrl, 303);
  });
  app.get('/signed-in', async (c) => {
    const { deps, address, requestId } = c.var;
    deps.limits.take('anonymous', address);
    const { say } = wordsIn(languageOf(c));
    const { state = '', handle = '', error } = c.req.query();
    if (error !== undefined) throw new Failure(error === 'access_denied' ? 'declined' : 'provider-down');
    const binding = readCookie(c, 'console-sign-in');
    const { token } = await signInAdmin(deps, { state, handle, binding }, requestId);
    eraseCookie(c, 'console-sign-in');
    writeCookie(c, 'console', token);
    // A redirect would still count as the other site's, and go without the new cookie: this page goes on as our own.
    return respond(
      c,
      {
        title: say('signedIn'),
        onwardTo: '/admin',
        body: h('p', null, h('a', { class: 'button primary', href: '/admin' }, say('continue'))),
      },
      null,
    );
  });

  change(app, '/sign-out', {
    isReading: true,
    async act({ c, deps }) {
      await signOutAdmin(deps, readCookie(c, 'console'));
      eraseCookie(c, 'console');
      return { to: '/sign-in', done: 'signedOut' };
    },
  });
}
