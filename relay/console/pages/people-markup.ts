import type { Invite, MemberEntry } from '../../../shared/api/members.ts';
import { MemberRole } from '../../../shared/member.ts';
import { emailField } from './email.ts';
import type { Page } from '../frame/layout.ts';
import { choice, facts, field, h, hint, table, type Markup } from '../frame/markup.ts';
import { providerName, statusBadge } from '../frame/names.ts';
import type { Visit } from '../frame/visit.ts';

const lastUseOf = ({ installations }: MemberEntry): number =>
  Math.max(0, ...installations.map(({ lastUsedAtMs }) => lastUsedAtMs));

/** Everybody on the team. */
export function peopleTable({ words, isAdmin }: Visit, people: readonly MemberEntry[]): Markup {
  const { say, moment } = words;
  if (people.length === 0) return h('section', { class: 'card' }, hint(say(isAdmin ? 'noPeople' : 'none')));
  const rows = people.map((person) => [
    [
      h('a', { href: `/admin/people/${person.id}` }, person.name),
      person.email === null ? null : h('div', { class: 'hint' }, person.email),
    ],
    say(`role-${person.role}`),
    person.groups.join(', ') || '–',
    person.installations.length === 0
      ? say(person.invites > 0 ? 'invited' : 'none')
      : String(person.installations.length),
    person.installations.length === 0 ? '–' : moment(lastUseOf(person)),
  ]);
  const heads = [say('name'), say('role'), say('groups'), say('installations'), say('lastUse')];
  return h(
    'section',
    { class: 'card', 'data-search': say('search') },
    table(say('peopleCaption'), heads, rows),
  );
}

function standingFields({ words }: Visit, person?: MemberEntry): Markup {
  const { say } = words;
  const roles = MemberRole.options.map(
    (role) => [role, `${say(`role-${role}`)}: ${say(`role-${role}-may`)}`] as const,
  );
  return [
    field({ id: 'name', label: say('name') }, (attributes) =>
      h('input', {
        ...attributes,
        type: 'text',
        required: true,
        maxlength: 80,
        value: person?.name ?? '',
        autocomplete: 'off',
      }),
    ),
    field({ id: 'role', label: say('role') }, (attributes) =>
      choice(attributes, roles, person?.role ?? 'member'),
    ),
    field({ id: 'groups', label: say('groups'), help: say('groupsHelp') }, (attributes) =>
      h('input', {
        ...attributes,
        type: 'text',
        value: person?.groups.join(', ') ?? '',
        autocomplete: 'off',
      }),
    ),
  ];
}

/** The form that adds somebody. */
export function inviteForm(visit: Visit): Markup {
  const { say } = visit.words;
  return h(
    'section',
    { class: 'card' },
    h('h2', null, say('inviteNew')),
    visit.form(
      { action: '/admin/people' },
      standingFields(visit),
      emailField(visit),
      h('button', { type: 'submit', class: 'primary' }, say('invite')),
    ),
  );
}

/** An invite, told once, with nothing of it kept: the answer to the form itself. */
export function invitePage(
  { words }: Visit,
  { id, name }: Pick<MemberEntry, 'id' | 'name'>,
  invite: Invite,
): Page {
  const { say, moment } = words;
  const told = (text: string): Markup =>
    h(
      'div',
      { class: 'told', 'data-copy': say('copy'), 'data-copied': say('copied') },
      h('code', null, text),
    );
  return {
    title: say('inviteFor', name),
    back: `/people/${id}`,
    body: h(
      'section',
      { class: 'card' },
      h('p', { role: 'status' }, say('inviteOnce')),
      h('h2', null, say('inviteLink')),
      told(invite.link),
      hint(say('inviteLinkUntil', moment(invite.expiresAtMs))),
      h('h2', null, say('inviteCode')),
      told(invite.code),
      hint(say('inviteCodeUntil', moment(invite.codeExpiresAtMs))),
    ),
  };
}

/** One person, with what is theirs. */
export function personBody(visit: Visit, person: MemberEntry): Markup[] {
  const { words, isAdmin } = visit;
  const { say, moment } = words;
  return [
    h(
      'section',
      { class: 'card' },
      facts([
        [say('role'), say(`role-${person.role}`)],
        [say('groups'), person.groups.join(', ') || say('none')],
        [say('email'), person.email ?? say('emailNone')],
        [say('since'), moment(person.createdAtMs)],
        [say('openInvites'), String(person.invites)],
      ]),
    ),
    h(
      'section',
      { class: 'card' },
      h('h2', null, say('installations')),
      person.installations.length === 0
        ? hint(say('noInstallations'))
        : table(
            say('installationsCaption'),
            [say('name'), say('browser'), say('since'), say('lastUse'), say('action')],
            person.installations.map(({ id, name, browser, createdAtMs, lastUsedAtMs }) => [
              name,
              browser === null ? say('unknown') : `${browser.name} ${browser.version}`,
              moment(createdAtMs),
              moment(lastUsedAtMs),
              removable(visit, `/people/${person.id}/installations/${id}/remove`),
            ]),
          ),
      isAdmin
        ? visit.form(
            { action: `/admin/people/${person.id}/invite` },
            h('button', { type: 'submit' }, say('inviteBrowser')),
          )
        : null,
    ),
    h(
      'section',
      { class: 'card' },
      h('h2', null, say('connections')),
      person.connections.length === 0
        ? hint(say('noConnections'))
        : table(
            say('connectionsOf'),
            [say('provider'), say('state'), say('since')],
            person.connections.map(({ providerId, status, createdAtMs }) => [
              providerName(visit, providerId),
              statusBadge(words, status),
              moment(createdAtMs),
            ]),
          ),
    ),
    isAdmin
      ? h(
          'section',
          { class: 'card' },
          h('h2', null, say('change')),
          visit.form(
            { action: `/admin/people/${person.id}` },
            standingFields(visit, person),
            h('button', { type: 'submit', class: 'primary' }, say('save')),
          ),
        )
      : null,
  ];
}

const removable = ({ words, isAdmin }: Visit, path: string): Markup =>
  isAdmin ? h('a', { class: 'button remove', href: `/admin${path}` }, words.say('removeEllipsis')) : null;

/** How a person leaves the team; nothing for whoever may not change it. */
export function leaveCard(visit: Visit, person: MemberEntry): Markup {
  const { say } = visit.words;
  if (!visit.isAdmin) return null;
  return h(
    'section',
    { class: 'card' },
    h('h2', null, say('leave')),
    hint(say('leaveExplained')),
    removable(visit, `/people/${person.id}/remove`),
  );
}
