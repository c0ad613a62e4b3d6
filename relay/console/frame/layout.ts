import type { Context } from 'hono';
import type { RelayEnv } from '../../http/env.ts';
import type { ConsoleMember } from '../../store/console-sessions.ts';
import { h, rendered, type Markup } from './markup.ts';
import { languageOf, wordsIn, type WordKey, type Words } from './words.ts';

/** The part of a visit that the frame shows. */
export interface Visitor {
  member: ConsoleMember;
  /** Auditors read and change nothing. */
  isAdmin: boolean;
  words: Words;
  /** Builds a form of the session from the given fields. */
  form(attributes: Record<string, string>, ...children: Markup[]): Markup;
}

/** The content of a page; the frame around it is the same for all. */
export interface Page {
  title: string;
  body: Markup;
  /** Where one came from, below `/admin`. */
  back?: string;
  status?: number;
  /** Where the browser goes on by itself. */
  onwardTo?: string;
}

/** No script and no style but our own files, no other origin, no frame around it, forms to ourselves alone. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const places: ReadonlyArray<readonly [path: string, name: WordKey]> = [
  ['/admin', 'overview'],
  ['/admin/people', 'people'],
  ['/admin/connections', 'connections'],
  ['/admin/policy', 'policy'],
  ['/admin/recipes', 'recipes'],
  ['/admin/audit', 'audit'],
  ['/admin/keys', 'keys'],
];

/** Headers of everything the console answers. */
export function guard(c: Context<RelayEnv>): void {
  c.header('Content-Security-Policy', policy);
  // A form's POST has to say where it comes from, to us; nobody else learns of our addresses.
  c.header('Referrer-Policy', 'same-origin');
  c.header('Cross-Origin-Opener-Policy', 'same-origin');
  c.header('Cross-Origin-Resource-Policy', 'same-origin');
}

/** Answers with a page: with the console's frame for whoever is signed in, and bare for others. */
export function respond(
  c: Context<RelayEnv>,
  page: Page,
  visit: Visitor | null,
): Response | Promise<Response> {
  const language = languageOf(c);
  const words = wordsIn(language);
  const { say } = words;
  const done = words.knows(c.req.query('done') ?? '');
  const document = h(
    'html',
    { lang: language },
    h(
      'head',
      null,
      h('meta', { charset: 'utf-8' }),
      h('meta', { name: 'viewport', content: 'width=device-width' }),
      h('meta', { name: 'robots', content: 'noindex' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      page.onwardTo === undefined
        ? null
        : h('meta', { 'http-equiv': 'refresh', content: `0; url=${page.onwardTo}` }),
      h('title', null, `${page.title} · Staffetta`),
      h('link', { rel: 'stylesheet', href: '/admin/console.css' }),
      h('link', { rel: 'icon', href: 'data:,' }),
      h('script', { src: '/admin/console.js', defer: true }),
    ),
    h(
      'body',
      null,
      h('a', { class: 'skip', href: '#main' }, say('skip')),
      h(
        'header',
        null,
        h(
          'div',
          { class: 'bar' },
          h('span', { class: 'brand' }, 'Staffetta'),
          languageSwitch(c, language),
          whoOf(visit),
        ),
        visit === null ? null : navigation(c, say),
      ),
      h(
        'main',
        { id: 'main', tabindex: -1 },
        page.back === undefined
          ? null
          : h('p', { class: 'back' }, h('a', { href: `/admin${page.back}` }, `← ${say('back')}`)),
        h('h1', null, page.title),
        done === null ? null : h('p', { class: 'done', role: 'status' }, say(done)),
        visit === null || visit.isAdmin ? null : h('p', { class: 'hint' }, say('auditorNote')),
        page.body,
      ),
      h('footer', null, h('p', null, say('footer'))),
    ),
  );
  return c.html(`<!doctype html>${rendered(document)}`, (page.status ?? 200) as 200); // Hono's type wants a literal
}

function navigation(c: Context<RelayEnv>, say: Words['say']): Markup {
  const here = places.findLast(([path]) => c.req.path === path || c.req.path.startsWith(`${path}/`))?.[0];
  return h(
    'nav',
    { 'aria-label': say('sections') },
    h(
      'ul',
      null,
      ...places.map(([path, name]) =>
        h('li', null, h('a', { href: path, 'aria-current': path === here ? 'page' : undefined }, say(name))),
      ),
    ),
  );
}

/** The other language, of the page one is on; where that was the answer to a form, of the first. No path: it may be a secret. */
function languageSwitch(c: Context<RelayEnv>, language: 'it' | 'en'): Markup {
  const other = language === 'it' ? 'en' : 'it';
  const query = new URLSearchParams(c.req.method === 'GET' ? new URL(c.req.url).search : '');
  query.delete('done');
  query.set('lang', other);
  const path = c.req.method === 'GET' ? '' : '/admin';
  return h(
    'a',
    { href: `${path}?${query.toString()}`, hreflang: other, lang: other, class: 'language' },
    other === 'it' ? 'Italiano' : 'English',
  );
}

function whoOf(visit: Visitor | null): Markup {
  if (visit === null) return null;
  const { member, words } = visit;
  return h(
    'div',
    { class: 'who' },
    h('span', null, `${member.memberName} (${words.say(`role-${member.role}`)})`),
    visit.form(
      { action: '/admin/sign-out' },
      h('button', { type: 'submit', class: 'quiet' }, words.say('signOut')),
    ),
  );
}
