import { Failure } from '../../shared/failure.ts';
import { InstallationId, MemberId } from '../../shared/ids.ts';
import type { Invite, MemberEntry } from '../../shared/api/members.ts';
import { GroupNames, MemberRole, NameLine, type InstallationEntry } from '../../shared/member.ts';
import type { RelayApp } from '../http/endpoint.ts';
import {
  addMember,
  changeMember,
  inviteAgain,
  listPeople,
  removeInstallations,
  removeMember,
} from '../people/members.ts';
import { unwishNotices } from '../webhooks/subscription.ts';
import { emailCard, emailField, emailIn } from './email.ts';
import type { Form } from './form.ts';
import type { Page } from './layout.ts';
import { choice, facts, field, h, hint, table, type Markup } from './markup.ts';
import { providerName, statusBadge } from './overview.ts';
import { returnsCard } from './returns.ts';
import { change, confirmed, show, type Visit } from './visit.ts';

/** Serves the people of the team: who they are, their laptops, invites, and how they leave. */
export function servePeoplePages(app: RelayApp): void {
  show(app, '/people', async (visit) => {
    const { say } = visit.words;
    const people = await listPeople(visit.deps);
    return {
      title: say('people'),
      body: [peopleTable(visit, people), visit.isAdmin ? inviteForm(visit) : null, await returnsCard(visit)],
    };
  });

  change(app, '/people', {
    async act(visit, form) {
      const name = read(NameLine, form.text('name'), 'name');
      const wanted = { name, ...standingIn(form), email: emailIn(form) };
      const { memberId, invite } = await addMember(visit.deps, visit.actor, wanted);
      return invitePage(visit, { id: memberId, name }, invite);
    },
  });

  show(app, '/people/:memberId', async (visit) => {
    const person = await personOf(visit);
    return {
      title: person.name,
      back: '/people',
      body: [...personBody(visit, person), await emailCard(visit, person.id), leaveCard(visit, person)],
    };
  });

  change(app, '/people/:memberId', {
    async act(visit, form) {
      const id = idOf(visit);
      const name = read(NameLine, form.text('name'), 'name');
      await changeMember(visit.deps, visit.actor, id, { name, ...standingIn(form) });
      return { to: `/people/${id}`, done: 'memberChanged' };
    },
  });

  change(app, '/people/:memberId/invite', {
    async act(visit) {
      const person = await personOf(visit);
      return invitePage(visit, person, await inviteAgain(visit.deps, visit.actor, person.id));
    },
  });

  confirmed(
    app,
    '/people/:memberId/remove',
    async (visit) => {
      const { id, name, installations, connections } = await personOf(visit);
      const { say } = visit.words;
      return {
        title: say('removeMemberAsk', name),
        lines: [
          say('removeMemberInstallations', installations.length),
          ...connections.map(({ providerId }) =>
            say('removeMemberConnection', providerName(visit, providerId)),
          ),
          say('removeMemberLog'),
        ],
        button: say('removeMember'),
        back: `/people/${id}`,
      };
    },
    async (visit) => {
      const { deps, actor } = visit;
      const { id, name } = await personOf(visit);
      const { connections } = await removeMember(deps, actor, id, (stored, subject) =>
        unwishNotices(deps, stored, subject),
      );
      const { say } = visit.words;
      return {
        title: say('removedTitle', name),
        back: '/people',
        body: h(
          'section',
          { class: 'card', role: 'status' },
          h('p', null, say('removedExplained')),
          ...connections.map(({ providerId, revocation }) =>
            h('p', null, `${providerName(visit, providerId)}: ${say(`revocation-${revocation}`)}`),
          ),
        ),
      };
    },
  );

  confirmed(
    app,
    '/people/:memberId/installations/:installationId/remove',
    async (visit) => {
      const { person, installation } = await installationOf(visit);
      const { say, moment } = visit.words;
      return {
        title: say('removeInstallationAsk', installation.name),
        lines: [
          say('removeInstallationWho', person.name, moment(installation.lastUsedAtMs)),
          say('removeInstallationNow'),
          say('removeInstallationRest'),
        ],
        button: say('removeInstallation'),
        back: `/people/${person.id}`,
      };
    },
    async (visit) => {
      const { person, installation } = await installationOf(visit);
      const removed = await removeInstallations(visit.deps, visit.actor, installation.id);
      if (removed.length === 0) throw new Failure('not-found');
      return { to: `/people/${person.id}`, done: 'installationRemoved' };
    },
  );
}

function idOf(visit: Visit): MemberId {
  const id = MemberId.safeParse(visit.param('memberId'));
  if (!id.success) throw new Failure('not-found');
  return id.data;
}

async function personOf(visit: Visit): Promise<MemberEntry> {
  const id = idOf(visit);
  const person = (await listPeople(visit.deps)).find((one) => one.id === id);
  if (person === undefined) throw new Failure('not-found');
  return person;
}

async function installationOf(
  visit: Visit,
): Promise<{ person: MemberEntry; installation: InstallationEntry }> {
  const person = await personOf(visit);
  const id = InstallationId.safeParse(visit.param('installationId')).data;
  const installation = person.installations.find((one) => one.id === id);
  if (installation === undefined) throw new Failure('not-found');
  return { person, installation };
}

/** @throws Failure `request-invalid` naming the field */
function read<Value>(
  schema: { safeParse(value: unknown): { success: true; data: Value } | { success: false } },
  value: unknown,
  name: string,
): Value {
  const result = schema.safeParse(value);
  if (!result.success) throw new Failure('request-invalid', { fields: [name] });
  return result.data;
}

const standingIn = (form: Form): { role: MemberRole; groups: string[] } => ({
  role: read(MemberRole, form.text('role'), 'role'),
  groups: read(
    GroupNames,
    form
      .text('groups')
      .split(',')
      .flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
    'groups',
  ),
});

const lastUseOf = ({ installations }: MemberEntry): number =>
  Math.max(0, ...installations.map(({ lastUsedAtMs }) => lastUsedAtMs));

function peopleTable({ words, isAdmin }: Visit, people: readonly MemberEntry[]): Markup {
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

function inviteForm(visit: Visit): Markup {
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

/** Told once, with nothing of it kept: the answer to the form itself. */
function invitePage({ words }: Visit, { id, name }: Pick<MemberEntry, 'id' | 'name'>, invite: Invite): Page {
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

function personBody(visit: Visit, person: MemberEntry): Markup[] {
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

function leaveCard(visit: Visit, person: MemberEntry): Markup {
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
