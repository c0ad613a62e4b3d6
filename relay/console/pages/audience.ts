import type { Audience } from '../../../shared/audience.ts';
import { Failure } from '../../../shared/failure.ts';
import { MemberId } from '../../../shared/ids.ts';
import { MemberRole } from '../../../shared/member.ts';
import { selectMembers } from '../../store/members.ts';
import type { SubmittedForm } from '../frame/form.ts';
import { field, h, tick, type Markup } from '../frame/markup.ts';
import type { Visit } from '../frame/visit.ts';
import type { Words } from '../frame/words.ts';

/** Who a rule is about, in words. @param names of members, by id */
export function audienceText(
  { say }: Words,
  audience: Audience | undefined,
  names: ReadonlyMap<string, string>,
): string {
  if (audience === undefined) return say('everyoneNoRule');
  if (audience === 'everyone') return say('everyone');
  const parts = [
    ...audience.roles.map((role) => say(`all-${role}`)),
    ...audience.groups.map((group) => say('inGroup', group)),
    ...audience.members.map((id) => names.get(id) ?? id),
  ];
  return parts.length === 0 ? say('nobody') : say('only', parts.join(', '));
}

/**
 * Fields by which one says who a rule is about.
 *
 * @param mayBeNone whether there can be no rule at all, which undefined stands for
 */
export async function audienceFields(
  { deps, words }: Visit,
  audience: Audience | undefined,
  mayBeNone = false,
): Promise<Markup> {
  const { say } = words;
  const members = await selectMembers(deps.store);
  const some = audience === undefined || audience === 'everyone' ? null : audience;
  const groups = [
    ...new Set([...members.flatMap((member) => member.groups), ...(some?.groups ?? [])]),
  ].toSorted();
  const isNobody = some !== null && some.roles.length + some.groups.length + some.members.length === 0;
  const chosen = audience === undefined ? 'none' : some === null ? 'everyone' : isNobody ? 'nobody' : 'some';
  const whos = [
    ...(mayBeNone ? ([['none', say('whoNone')]] as const) : []),
    ['everyone', say('everyone')],
    ['nobody', say('nobody')],
    ['some', say('whoSome')],
  ] as const;
  return [
    h(
      'fieldset',
      null,
      h('legend', null, say('whoMay')),
      ...whos.map(([value, text]) =>
        h(
          'label',
          { class: 'tick' },
          h('input', { type: 'radio', name: 'who', value, checked: value === chosen, required: true }),
          h('span', null, text),
        ),
      ),
    ),
    h(
      'fieldset',
      null,
      h('legend', null, say('withRole')),
      ...MemberRole.options.map((role) =>
        tick('roles', role, say(`all-${role}`), some?.roles.includes(role) ?? false),
      ),
    ),
    groups.length === 0
      ? null
      : h(
          'fieldset',
          null,
          h('legend', null, say('withGroup')),
          h(
            'div',
            { class: 'ticks' },
            ...groups.map((group) => tick('groups', group, group, some?.groups.includes(group) ?? false)),
          ),
        ),
    field({ id: 'moreGroups', label: say('moreGroups'), help: say('groupsHelp') }, (attributes) =>
      h('input', { ...attributes, type: 'text', autocomplete: 'off' }),
    ),
    h(
      'fieldset',
      null,
      h('legend', null, say('byName')),
      h(
        'div',
        { class: 'ticks' },
        ...members.map(({ id, name }) => tick('members', id, name, some?.members.includes(id) ?? false)),
      ),
    ),
  ];
}

/**
 * Who a form says that a rule is about; undefined for no rule at all.
 *
 * @throws Failure `request-invalid` also where nobody was named of whom it is to hold
 */
export function audienceIn(form: SubmittedForm): Audience | undefined {
  const who = form.text('who');
  const nobody: Exclude<Audience, string> = { roles: [], groups: [], members: [] };
  if (who === 'none') return undefined;
  if (who === 'everyone') return 'everyone';
  if (who === 'nobody') return nobody;
  if (who !== 'some') throw new Failure('request-invalid', { fields: ['who'] });
  const more = form
    .text('moreGroups')
    .split(',')
    .map((name) => name.trim());
  const audience = {
    roles: form.all('roles').flatMap((role) => MemberRole.safeParse(role).data ?? []),
    groups: [...new Set([...form.all('groups'), ...more])].filter((name) => name !== ''),
    members: form.all('members').flatMap((id) => MemberId.safeParse(id).data ?? []),
  };
  if (audience.roles.length + audience.groups.length + audience.members.length === 0) {
    throw new Failure('request-invalid', { fields: ['roles', 'groups', 'members'] });
  }
  return audience;
}
