import { describe, expect, it } from 'vitest';
import { MemberId } from '../../shared/ids.ts';
import {
  allowsAction,
  allowsConnection,
  allowsMethod,
  allowsSite,
  couldDoMore,
  decide,
  openDecision,
  openPolicy,
  Policy,
  scopesOff,
} from '../../shared/policy.ts';
import { fattureInCloud } from '../../shared/providers/fatture-in-cloud.ts';

const [mario, anna] = ['M', 'A'].map((letter) => MemberId.parse(`mem_${letter.repeat(22)}`)) as [
  MemberId,
  MemberId,
]; // a map of a pair is a pair
const asMember = { memberId: mario, role: 'member', groups: [] } as const;

it('who has made no policy has switched nothing off, and the constant says so', () => {
  expect(decide(openPolicy, asMember)).toEqual(openDecision);
});

describe.each([
  ['everybody', 'everyone', true, true],
  ['nobody', {}, false, false],
  ['one member', { members: [mario] }, true, false],
  ['a role', { roles: ['admin'] }, false, true],
  ['a group', { groups: ['Contabilità'] }, false, true],
  ['any of several', { members: [mario], groups: ['Contabilità'] }, true, true],
])('what is for %s', (_, audience, forMario, forAnna) => {
  const people = [
    [asMember, forMario],
    [{ memberId: anna, role: 'admin', groups: ['Contabilità'] } as const, forAnna],
  ] as const;

  it.each([
    ['a provider', { providers: { stora: audience } }, 'stora.note.create'],
    ['an action', { actions: { 'stora.note.create': audience } }, 'stora.note.create'],
  ] as const)('as %s', (__, rules, action) => {
    const policy = Policy.parse(rules);
    for (const [member, isAllowed] of people) {
      expect(allowsAction(decide(policy, member), action)).toBe(isAllowed);
      expect(allowsAction(decide(policy, member), 'fic.client.find')).toBe(true);
    }
  });

  it('as a way to connect, and what was connected that way, the team’s aside', () => {
    const policy = Policy.parse({ methods: { 'manual-token': audience } });
    for (const [member, isAllowed] of people) {
      const decision = decide(policy, member);
      expect(allowsMethod(decision, 'stora', 'manual-token')).toBe(isAllowed);
      expect(allowsMethod(decision, 'stora', 'device-code')).toBe(true);
      const connection = { providerId: 'stora', method: 'manual-token' } as const;
      expect(allowsConnection(decision, { ...connection, owner: 'member' })).toBe(isAllowed);
      expect(allowsConnection(decision, { ...connection, owner: 'team' })).toBe(true);
    }
  });

  it('as a site, and as all the others', () => {
    const [one, other] = ['https://one.example', 'https://other.example'] as const;
    for (const [member, isAllowed] of people) {
      const named = decide(Policy.parse({ sites: { [one]: audience } }), member);
      expect(allowsSite(named, one, [])).toBe(isAllowed);
      expect(allowsSite(named, other, [])).toBe(true);
      const rest = decide(Policy.parse({ sites: { [one]: 'everyone' }, otherSites: audience }), member);
      expect(allowsSite(rest, one, [])).toBe(true);
      expect(allowsSite(rest, other, [])).toBe(isAllowed);
      expect(allowsSite(rest, other, [other])).toBe(true);
    }
  });
});

it('an auditor does nothing at any provider, whatever the policy says', () => {
  const decision = decide(openPolicy, { ...asMember, role: 'auditor' });
  expect(allowsAction(decision, 'fic.client.find')).toBe(false);
  expect(allowsMethod(decision, 'stora', 'authorization-code')).toBe(false);
});

it('scopes that only an action needs which is off are not asked for, and a token that has them goes into no browser', () => {
  const decision = decide(Policy.parse({ actions: { 'fic.client.create': {} } }), asMember);
  const [reads, writes] = [['entity.clients:r'], ['entity.clients:a']];
  expect(couldDoMore(decision, fattureInCloud, reads)).toBe(false);
  expect(couldDoMore(decision, fattureInCloud, writes)).toBe(true);
  expect(scopesOff(decision, fattureInCloud, reads)).toEqual([]);
  expect(scopesOff(openDecision, fattureInCloud, ['anything'])).toEqual([]);
  const off = decide(Policy.parse({ actions: { 'fic.receipt.create': {} } }), asMember);
  expect(scopesOff(off, fattureInCloud, ['receipts:a'])).toEqual(['receipts:a']);
});

it.each([
  { providers: { stora: 'nobody' } },
  { actions: { 'fic.moon.land': 'everyone' } },
  { sites: { 'javascript:alert(1)': 'everyone' } },
  { direct: { everyone: true } },
  { colour: 'green' },
])('%j is no policy: what is not understood is not kept', (rules) => {
  expect(Policy.safeParse(rules).success).toBe(false);
});
