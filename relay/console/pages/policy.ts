import { Failure } from '../../../shared/failure.ts';
import { Policy } from '../../../shared/policy.ts';
import type { RelayApp } from '../../http/env.ts';
import { updatePolicy, loadPolicy } from '../../policy/policy.ts';
import { findPolicy, listPolicies } from '../../store/policies.ts';
import { selectMembers } from '../../store/members.ts';
import { audienceFields, audienceIn, audienceText } from './audience.ts';
import { field, h, hint, table, type Markup } from '../frame/markup.ts';
import { providerName } from '../frame/names.ts';
import { ruleOf, rulesOf, withRule, type Rule } from './policy-rules.ts';
import { change, confirmed, show, type Visit } from '../frame/visit.ts';

/** How many versions are listed; older ones stay in the database. */
const versionsMax = 30;

/** Serves the policy: a line for each rule, a form for one of them at a time, and the versions. */
export function servePolicyPages(app: RelayApp): void {
  show(app, '/policy', async (visit) => {
    const { deps, words, isAdmin } = visit;
    const { say, moment } = words;
    const [{ policy, version, changedAtMs }, members] = await Promise.all([
      loadPolicy(deps.store),
      selectMembers(deps.store),
    ]);
    const names = new Map<string, string>(members.map(({ id, name }) => [id, name]));
    const section = (title: string, rules: readonly Rule[], empty: string, ...rest: Markup[]): Markup =>
      h(
        'section',
        { class: 'card' },
        h('h2', null, title),
        rules.length === 0
          ? hint(empty)
          : table(
              title,
              [say('what'), say('whoMay')],
              rules.map((rule) => [
                isAdmin
                  ? h(
                      'a',
                      { href: `/admin/policy/rule?${new URLSearchParams({ key: rule.key }).toString()}` },
                      rule.name,
                    )
                  : rule.name,
                h(
                  'span',
                  { class: rule.audience === undefined ? 'hint' : undefined },
                  audienceText(words, rule.audience, names),
                ),
              ]),
            ),
        ...rest,
      );
    const rules = rulesOf(visit, policy);
    return {
      title: say('policy'),
      body: [
        h('p', null, say('policyExplained')),
        isAdmin ? h('p', null, say('policyPress')) : null,
        hint(changedAtMs === null ? say('policyNone') : say('policyVersion', version, moment(changedAtMs))),
        section(say('providers'), rules.providers, say('noProviders')),
        section(say('ways'), rules.methods, ''),
        ...rules.actions.map(({ providerId, rules: ofProvider }) =>
          section(say('actionsOf', providerName(visit, providerId)), ofProvider, ''),
        ),
        section(say('sites'), rules.sites, say('noSites'), isAdmin ? siteForm(visit) : null),
        section(say('tokens'), rules.tokens, ''),
        await versionsCard(visit, version),
      ],
    };
  });

  show(app, '/policy/rule', async (visit) => {
    if (!visit.isAdmin) throw new Failure('not-admin');
    const { say } = visit.words;
    const { policy, version } = await loadPolicy(visit.deps.store);
    const rule = ruleOf(visit, policy, visit.query('key'));
    return {
      title: rule.name,
      back: '/policy',
      body: visit.form(
        { action: '/admin/policy/rule', class: 'card' },
        h('input', { type: 'hidden', name: 'key', value: rule.key }),
        h('input', { type: 'hidden', name: 'basedOn', value: version }),
        await audienceFields(visit, rule.audience, rule.key.includes(':')),
        h('p', { class: 'hint' }, say('policyFromNextCall')),
        h('button', { type: 'submit', class: 'primary' }, say('save')),
      ),
    };
  });

  change(app, '/policy/rule', {
    async act(visit, form) {
      const { store } = visit.deps;
      const { policy } = await loadPolicy(store);
      const rule = ruleOf(visit, policy, form.text('key'));
      const next = Policy.safeParse(withRule(policy, rule.key, audienceIn(form)));
      if (!next.success) throw new Failure('request-invalid', { fields: ['groups'] });
      const basedOn = /^\d{1,9}$/.test(form.text('basedOn')) ? Number(form.text('basedOn')) : -1;
      await updatePolicy(visit.deps, visit.actor, { basedOn, policy: next.data });
      return { to: '/policy', done: 'policyChanged' };
    },
  });

  confirmed(
    app,
    '/policy/versions/:version/restore',
    async (visit) => {
      const { say, moment } = visit.words;
      const { version, changedAtMs } = await versionOf(visit);
      return {
        title: say('restorePolicyAsk', version),
        lines: [
          say('restorePolicyWhat', version, moment(changedAtMs)),
          say('restorePolicyKept'),
          say('policyFromNextCall'),
        ],
        button: say('restore'),
        back: '/policy',
      };
    },
    async (visit) => {
      const { text } = await versionOf(visit);
      const { version: basedOn } = await loadPolicy(visit.deps.store);
      const policy = Policy.parse(JSON.parse(text));
      await updatePolicy(visit.deps, visit.actor, { basedOn, policy });
      return { to: '/policy', done: 'policyChanged' };
    },
  );
}

async function versionOf(visit: Visit) {
  const version = Number(visit.param('version'));
  const found = Number.isInteger(version) ? await findPolicy(visit.deps.store, version) : null;
  if (found === null) throw new Failure('not-found');
  return found;
}

function siteForm({ words: { say } }: Visit): Markup {
  return h(
    'form',
    { method: 'get', action: '/admin/policy/rule' },
    field({ id: 'key', label: say('siteAdd'), help: say('siteHelp') }, (attributes) =>
      h('input', {
        ...attributes,
        type: 'text',
        required: true,
        placeholder: 'https://shop.example.com',
        autocomplete: 'off',
      }),
    ),
    h('button', { type: 'submit' }, say('next')),
  );
}

async function versionsCard({ deps, words, isAdmin }: Visit, current: number): Promise<Markup> {
  const { say, moment } = words;
  const versions = await listPolicies(deps.store, versionsMax);
  return h(
    'section',
    { class: 'card' },
    h('h2', null, say('versions')),
    versions.length === 0 ? null : hint(say('versionsCaption')),
    versions.length === 0
      ? hint(say('policyNone'))
      : table(
          say('versions'),
          [say('version'), say('when'), say('action')],
          versions.map(({ version, changedAtMs }) => [
            String(version),
            moment(changedAtMs),
            version === current
              ? say('holds')
              : isAdmin
                ? h(
                    'a',
                    { href: `/admin/policy/versions/${version}/restore` },
                    say('restoreEllipsis', version),
                  )
                : null,
          ]),
        ),
  );
}
