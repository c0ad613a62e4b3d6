import { Failure } from '../../../shared/failure.ts';
import type { RelayApp } from '../../http/env.ts';
import { digest } from '../../keys/random.ts';
import { allowReturn } from '../../sso/members.ts';
import { listRemovedEmails } from '../../store/identities.ts';
import { h, hint, table, type Markup } from '../frame/markup.ts';
import { confirmed, type Visit } from '../frame/visit.ts';

/** Those who were removed and cannot sign in again; nothing where there are none. */
export async function returnsCard({ deps, words, isAdmin }: Visit): Promise<Markup> {
  const { say } = words;
  const emails = await listRemovedEmails(deps.store);
  if (emails.length === 0) return null;
  return h(
    'section',
    { class: 'card' },
    h('h2', null, say('returns')),
    hint(say('returnsExplained')),
    table(
      say('returns'),
      [say('email'), say('action')],
      emails.map((email) => [
        email,
        isAdmin
          ? h('a', { class: 'button', href: `/admin/people/${digest(email)}/return` }, say('returnEllipsis'))
          : null,
      ]),
    ),
  );
}

/** Serves letting somebody who was removed sign in again. */
export function serveReturnPages(app: RelayApp): void {
  confirmed(
    app,
    // By its digest: proxies write addresses of pages down.
    '/people/:digest/return',
    async (visit) => {
      const { say } = visit.words;
      const email = await emailOf(visit);
      return {
        title: say('returnAsk', email),
        lines: [say('returnWhat', email), say('returnNew'), say('returnElse')],
        button: say('return'),
        back: '/people',
      };
    },
    async (visit) => {
      if (!(await allowReturn(visit.deps, visit.actor, await emailOf(visit)))) throw new Failure('not-found');
      return { to: '/people', done: 'returnAllowed' };
    },
  );
}

async function emailOf(visit: Visit): Promise<string> {
  const wanted = visit.param('digest');
  const email = (await listRemovedEmails(visit.deps.store)).find((one) => digest(one) === wanted);
  if (email === undefined) throw new Failure('not-found');
  return email;
}
