import { Failure } from '../../../shared/failure.ts';
import { InstallationId, MemberId } from '../../../shared/ids.ts';
import type { MemberEntry } from '../../../shared/api/members.ts';
import { GroupNames, MemberRole, NameLine, type InstallationEntry } from '../../../shared/member.ts';
import { endConnection } from '../../sharing/disconnect.ts';
import type { RelayApp } from '../../http/env.ts';
import {
  addMember,
  editMember,
  inviteAgain,
  listPeople,
  endInstallations,
  expelMember,
} from '../../people/members.ts';
import { emailCard, emailIn } from './email.ts';
import type { SubmittedForm } from '../frame/form.ts';
import { h } from '../frame/markup.ts';
import { providerName } from '../frame/names.ts';
import { inviteForm, invitePage, leaveCard, peopleTable, personBody } from './people-markup.ts';
import { returnsCard } from './returns.ts';
import { change, confirmed, show, type Visit } from '../frame/visit.ts';

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
      await editMember(visit.deps, visit.actor, id, { name, ...standingIn(form) });
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
      const { id, name, email, installations, connections } = await personOf(visit);
      const { say } = visit.words;
      return {
        title: say('removeMemberAsk', name),
        lines: [
          say('removeMemberInstallations', installations.length),
          ...connections.map(({ providerId }) =>
            say('removeMemberConnection', providerName(visit, providerId)),
          ),
          ...(visit.deps.config.sso !== null && email === null ? [say('removeMemberUnnamed')] : []),
          say('removeMemberLog'),
        ],
        button: say('removeMember'),
        back: `/people/${id}`,
      };
    },
    async (visit) => {
      const { deps, actor } = visit;
      const { id, name } = await personOf(visit);
      const { connections } = await expelMember(deps, actor, id, (stored, subject) =>
        endConnection(deps, stored, subject),
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
      const removed = await endInstallations(visit.deps, visit.actor, installation.id);
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

const standingIn = (form: SubmittedForm): { role: MemberRole; groups: string[] } => ({
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
