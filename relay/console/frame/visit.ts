import type { Context } from 'hono';
import { Failure } from '../../../shared/failure.ts';
import type { Deps } from '../../deps.ts';
import type { RelayApp, RelayEnv } from '../../http/env.ts';
import { digest } from '../../keys/random.ts';
import type { Actor } from '../../audit.ts';
import { findConsoleMember, noteConsoleUse } from '../../sso/admin-session.ts';
import { readForm, type SubmittedForm } from './form.ts';
import { respond, type Page, type Visitor } from './layout.ts';
import { h } from './markup.ts';
import { drawOnce, spendOnce } from './one-time-token.ts';
import { formTokenOf, readCookie, refuseForeignForm } from './session.ts';
import { languageOf, wordsIn, type WordKey } from './words.ts';

/** One request of somebody who is signed in. */
export interface Visit extends Visitor {
  c: Context<RelayEnv>;
  deps: Deps;
  actor: Required<Actor>;
  /** A parameter of the path; empty where there is none. Control characters, which no database keeps alike, are left out. */
  param(name: string): string;
  /** The same of the query. */
  query(name: string): string;
}

/** Where somebody goes on after a change, with a sentence that says what was done. */
export interface Onward {
  to: string;
  done: WordKey;
}

const printable = (text = ''): string => text.replaceAll(/\p{Cc}/gu, '');

/** Largest form, in bytes, unless a page says otherwise. */
const formBytesMax = 64 * 1024;

/** How long a confirmation stands open, in milliseconds. */
const confirmMs = 10 * 60_000;

/** Serves a page to whoever is signed in. */
export function show(app: RelayApp, path: string, page: (visit: Visit) => Promise<Page | Response>): void {
  app.get(path, async (c) => {
    const visit = await visitOf(c);
    if (visit === null) return c.redirect('/admin/sign-in', 303);
    const shown = await page(visit);
    return shown instanceof Response ? shown : respond(c, shown, visit);
  });
}

/** What a form does. */
interface Change {
  /** Auditors may send it too: it changes nothing. */
  isReading?: boolean;
  bytesMax?: number;
  act(visit: Visit, form: SubmittedForm): Promise<Page | Onward>;
}

/**
 * Takes a form of one of our own pages, from whoever may change things, and goes on: to a page by redirect, or, for what is
 * told once, with the answer itself.
 */
export function change(
  app: RelayApp,
  path: string,
  { isReading = false, bytesMax = formBytesMax, act }: Change,
): void {
  app.post(path, async (c) => {
    refuseForeignForm(c);
    const visit = await visitOf(c);
    if (visit === null) return c.redirect('/admin/sign-in', 303);
    const form = await readForm(c, bytesMax);
    if (form.text('form') !== formTokenOf(readCookie(c, 'console'))) throw new Failure('origin-refused');
    if (!isReading && !visit.isAdmin) throw new Failure('not-admin');
    const next = await act(visit, form);
    return 'to' in next
      ? c.redirect(`/admin${next.to}${next.to.includes('?') ? '&' : '?'}done=${next.done}`, 303)
      : respond(c, next, visit);
  });
}

/** What is asked before something that cannot be undone. */
export interface Question {
  title: string;
  /** Exactly what will happen. */
  lines: readonly string[];
  button: string;
  /** Below `/admin`, for whoever thinks better of it. */
  back: string;
}

/** Serves something that cannot be undone in two steps: a page that says what will happen, and a button that is good once. */
export function confirmed(
  app: RelayApp,
  path: string,
  ask: (visit: Visit) => Promise<Question>,
  act: Change['act'],
): void {
  const purposeOf = (visit: Visit): string =>
    `confirm ${digest(readCookie(visit.c, 'console'))} ${visit.c.req.path}`;
  show(app, path, async (visit) => {
    if (!visit.isAdmin) throw new Failure('not-admin');
    const { title, lines, button, back } = await ask(visit);
    const { store, now } = visit.deps;
    const { memberId } = visit.member;
    const once = await drawOnce(store, { purpose: purposeOf(visit), memberId, lifetimeMs: confirmMs }, now());
    return {
      title,
      back,
      body: h(
        'section',
        { class: 'card danger' },
        h('ul', null, ...lines.map((line) => h('li', null, line))),
        visit.form(
          { class: 'row' },
          h('input', { type: 'hidden', name: 'once', value: once }),
          h('button', { type: 'submit', class: 'danger' }, button),
          h('a', { class: 'button', href: `/admin${back}` }, visit.words.say('cancel')),
        ),
      ),
    };
  });
  change(app, path, {
    async act(visit, form) {
      const { store, now } = visit.deps;
      const asked = await spendOnce(store, purposeOf(visit), form.text('once'), now());
      if (asked !== visit.member.memberId) throw new Failure('flow-used');
      return act(visit, form);
    },
  });
}

async function visitOf(c: Context<RelayEnv>): Promise<Visit | null> {
  const { deps, address, requestId } = c.var;
  const token = readCookie(c, 'console');
  // Before the database is asked anything.
  deps.limits.check('anonymous', address);
  // A row of another kind stands in the same table: only a session's token opens a session.
  const member = token.startsWith('adm_') ? await findConsoleMember(deps, token) : null;
  if (member === null) {
    deps.limits.take('anonymous', address);
    return null;
  }
  c.set('caller', member);
  deps.limits.take('member', member.memberId);
  await noteConsoleUse(deps, token, member);
  return {
    c,
    deps,
    member,
    isAdmin: member.role === 'admin',
    actor: { actorId: member.memberId, requestId },
    words: wordsIn(languageOf(c)),
    form: (attributes, ...children) =>
      h(
        'form',
        { method: 'post', ...attributes },
        h('input', { type: 'hidden', name: 'form', value: formTokenOf(token) }),
        ...children,
      ),
    param: (name) => printable(c.req.param(name)),
    query: (name) => printable(c.req.query(name)),
  };
}
