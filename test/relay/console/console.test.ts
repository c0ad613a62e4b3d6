import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { csvCell } from '../../../relay/console/pages/audit-export.ts';
import { drawLink, linkLifetimeMs } from '../../../relay/console/pages/link.ts';
import { phrases } from '../../../relay/console/words/phrases.ts';
import { dayStartMs } from '../../../relay/console/frame/time.ts';
import { operator } from '../../../relay/audit.ts';
import { addMember, listPeople } from '../../../relay/people/members.ts';
import { loadPolicy } from '../../../relay/policy/policy.ts';
import { publishRecipes } from '../../../relay/recipes.ts';
import type { SqlValue } from '../../../relay/store/driver.ts';
import { addAlarm } from '../../../relay/store/recipes.ts';
import { listShared } from '../../../relay/store/team-connections.ts';
import { openSandboxed } from '../sandboxed.ts';
import { openRelay, type TestRelay } from '../harness.ts';
import { Browser, hiddenIn, signIn } from './browser.ts';

const pages = ['', '/people', '/connections', '/policy', '/recipes', '/audit', '/keys'];

async function linkFor(relay: TestRelay, role: 'admin' | 'auditor' = 'admin') {
  const { memberId } = await addMember(relay.deps, operator, { name: 'Ada Neri', role });
  const { link } = await drawLink(relay.deps, memberId);
  return { memberId, path: new URL(link).pathname };
}

describe('coming in', () => {
  it('a link that a mail program or a preview has opened still lets its owner in, and then nobody', async () => {
    const relay = await openRelay();
    const { path } = await linkFor(relay);
    for (let times = 0; times < 3; times += 1) {
      const landing = await new Browser(relay).open(path);
      expect(landing.status).toBe(200);
      expect(landing.headers.getSetCookie()).toEqual([]);
      expect(landing.headers.get('referrer-policy')).toBe('strict-origin');
      expect(await landing.text()).not.toContain(path.split('/').at(-1));
    }
    const owner = new Browser(relay);
    expect((await owner.post(path, {})).headers.get('location')).toBe('/admin');
    expect((await owner.open('/admin')).status).toBe(200);
    const second = new Browser(relay);
    expect((await second.post(path, {})).status).toBe(400);
    expect((await second.open('/admin')).headers.get('location')).toBe('/admin/sign-in');
  });

  it('a link ends after five minutes, and with its member’s role', async () => {
    const relay = await openRelay();
    const { path } = await linkFor(relay);
    relay.clock.advance(linkLifetimeMs);
    expect((await new Browser(relay).post(path, {})).status).toBe(400);
    const member = await addMember(relay.deps, operator, { name: 'Mario Rossi' });
    await expect(drawLink(relay.deps, member.memberId)).rejects.toThrow('not-admin');
  });

  it('the secret of a link is in no log line and no row', async () => {
    const relay = await openRelay();
    const { path } = await linkFor(relay);
    const secret = path.split('/').at(-1) ?? '';
    const rows = JSON.stringify(await relay.store.all('SELECT * FROM console_sessions'));
    await new Browser(relay).open(path);
    await new Browser(relay).post(path, {});
    expect(relay.log.join('\n')).not.toContain(secret);
    expect(rows).not.toContain(secret);
  });

  it('the session’s cookie is for this very host, over https, out of scripts’ and other sites’ reach', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    expect(browser.setCookies).toHaveLength(1);
    expect(browser.setCookies[0]).toMatch(
      /^__Host-staffetta-console=adm_[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const loopback = await openRelay({ publicUrl: 'http://127.0.0.1:8787' });
    const { browser: local } = await signIn(loopback);
    expect(local.setCookies[0]).toMatch(
      /^staffetta-console=adm_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  it('a session ends after half an hour without activity, after four hours at the latest, and on the way out', async () => {
    const relay = await openRelay();
    const isIn = async (browser: Browser) => (await browser.open('/admin/keys')).status === 200;
    const minutes = 60_000;
    const idle = (await signIn(relay)).browser;
    relay.clock.advance(30 * minutes);
    expect(await isIn(idle)).toBe(false);
    const busy = (await signIn(relay)).browser;
    for (let quarters = 1; quarters < 16; quarters += 1) {
      relay.clock.advance(15 * minutes);
      expect(await isIn(busy)).toBe(true);
    }
    relay.clock.advance(15 * minutes);
    expect(await isIn(busy)).toBe(false);
    const leaving = (await signIn(relay)).browser;
    const token = [...leaving.cookies.values()][0] ?? '';
    await leaving.submit('/admin/keys', '/admin/sign-out');
    expect(leaving.cookies.size).toBe(0);
    leaving.cookies.set('__Host-staffetta-console', token);
    expect(await isIn(leaving)).toBe(false);
  });

  it('a page writes nothing that a page before it has just written, and asks the database nothing for who is over the limit', async () => {
    const relay = await openRelay({ limitFactor: 1 });
    const { browser } = await signIn(relay);
    const { run, get } = relay.store;
    const asked: string[] = [];
    relay.store.run = (sql, ...values) => {
      asked.push(sql);
      return run(sql, ...values);
    };
    for (let times = 0; times < 3; times += 1) await browser.open('/admin/keys');
    expect(asked).toEqual([]);
    relay.clock.advance(10 * 60_000);
    for (let times = 0; times < 3; times += 1) await browser.open('/admin/keys');
    expect(asked).toEqual([expect.stringMatching('UPDATE console_sessions')]);

    const stranger = new Browser(relay);
    stranger.cookies.set('__Host-staffetta-console', `adm_${'A'.repeat(43)}`);
    relay.store.get = (sql, ...values) => {
      asked.push(sql);
      return get(sql, ...values);
    };
    let last = 0;
    for (let times = 0; times < 301; times += 1) {
      asked.length = 0;
      last = (await stranger.open('/admin/keys')).status;
    }
    expect(last).toBe(429);
    expect(asked).toEqual([]);
  });

  it('whoever is made a member, or is removed, is out with their next click', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    const other = await signIn(relay, { name: 'Bea Blu' });
    const row = { name: 'Bea Blu', role: 'member', groups: '' };
    await browser.submit(`/admin/people/${other.memberId}`, `/admin/people/${other.memberId}`, row);
    expect((await other.browser.open('/admin')).status).toBe(303);
  });

  it('the secret of a link or of a confirmation is no session', async () => {
    const relay = await openRelay();
    const { path } = await linkFor(relay);
    const browser = new Browser(relay);
    browser.cookies.set('__Host-staffetta-console', path.split('/').at(-1) ?? '');
    expect((await browser.open('/admin')).status).toBe(303);
  });
});

describe('what a stranger’s page can do with an administrator’s browser', () => {
  const attempts: ReadonlyArray<readonly [what: string, headers: Record<string, string>]> = [
    ['another origin', { Origin: 'https://evil.example' }],
    ['no origin that may be told', { Origin: 'null' }],
    ['another origin of the same site', { 'Sec-Fetch-Site': 'same-site' }],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
  ];
  it.each(attempts)('nothing: a form from %s is refused', async (_, headers) => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    const fields = {
      ...hiddenIn(await (await browser.open('/admin/people')).text()),
      name: 'Eve',
      role: 'admin',
      groups: '',
    };
    expect((await browser.post('/admin/people', fields, headers)).status).toBe(403);
    expect(await listPeople(relay.deps)).toHaveLength(1);
    expect((await browser.post('/admin/people', fields)).status).toBe(200);
    expect(await listPeople(relay.deps)).toHaveLength(2);
  });

  it('a form without the session’s token, or with another session’s, changes nothing', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    const other = await signIn(relay, { name: 'Bea Blu' });
    const foreign = hiddenIn(await (await other.browser.open('/admin/people')).text());
    const wish = { name: 'Eve', role: 'admin', groups: '' };
    for (const fields of [wish, { ...wish, ...foreign }, { ...wish, form: '' }]) {
      expect((await browser.post('/admin/people', fields)).status).toBe(403);
    }
    expect(await listPeople(relay.deps)).toHaveLength(2);
  });

  it('a link into the console is not used up by another site’s form', async () => {
    const relay = await openRelay();
    const { path } = await linkFor(relay);
    expect((await new Browser(relay).post(path, {}, { Origin: 'https://evil.example' })).status).toBe(403);
    expect((await new Browser(relay).post(path, {})).status).toBe(303);
  });

  it('no page can be framed, cached, or run a script or style that stands in it', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    for (const page of [...pages, '/sign-in', '/nothing']) {
      const response = await browser.open(`/admin${page}`);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(await response.text()).not.toMatch(
        /<style|style=|<script(?! src="\/admin\/console.js")|\son\w+=/,
      );
    }
  });

  it('the API does not know the console’s cookie, nor the console the API’s sessions', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    expect((await browser.open('/v1/members')).status).toBe(401);
  });
});

describe('roles', () => {
  it('an auditor sees every page and changes nothing on any', async () => {
    const relay = await openRelay();
    const { memberId } = await addMember(relay.deps, operator, { name: 'Mario Rossi' });
    const { browser, memberId: auditorId } = await signIn(relay, { role: 'auditor' });
    for (const page of [...pages, `/people/${memberId}`]) {
      const response = await browser.open(`/admin${page}`);
      expect(response.status, page).toBe(200);
      const forms = [...(await response.text()).matchAll(/<form method="post" action="([^"]*)"/g)].map(
        ([, to]) => to,
      );
      expect(
        forms.filter((to) => to !== '/admin/sign-out' && to !== '/admin/audit/verify'),
        page,
      ).toEqual([]);
    }
    const own = hiddenIn(await (await browser.open('/admin')).text());
    const before = (await relay.audit()).length;
    const forms = [
      '/people',
      `/people/${memberId}`,
      `/people/${memberId}/invite`,
      `/people/${memberId}/remove`,
      `/people/${memberId}/installations/ins_${'A'.repeat(22)}/remove`,
      `/connections/con_${'A'.repeat(22)}/disconnect`,
      `/connections/con_${'A'.repeat(22)}/audience`,
      `/connections/con_${'A'.repeat(22)}/give`,
      `/connections/con_${'A'.repeat(22)}/give-back`,
      '/policy/rule',
      '/policy/versions/1/restore',
      '/recipes',
      '/recipes/remove/shop',
      '/recipes/restore/1',
      '/keys/rewrap',
    ];
    for (const path of [...forms, ...forms]) {
      expect((await browser.post(`/admin${path}`, { ...own, once: 'x' })).status, path).toBe(403);
    }
    const questions = [`/people/${memberId}/remove`, '/policy/rule?key=otherSites', '/keys/rewrap'];
    for (const path of questions) {
      expect((await browser.open(`/admin${path}`)).status, path).toBe(403);
    }
    // Nothing was done but written down, once each, what they tried.
    expect((await relay.audit()).slice(before)).toEqual([...forms, ...questions].map(() => 'policy_refused'));
    expect(await relay.store.get("SELECT member_id AS id FROM audit WHERE event = 'policy_refused'")).toEqual(
      { id: auditorId },
    );
    expect((await browser.submit('/admin/audit', '/admin/audit/verify')).status).toBe(200);
  });

  it('the last administrator cannot make the team lose its last administrator', async () => {
    const relay = await openRelay();
    const { browser, memberId } = await signIn(relay);
    const path = `/admin/people/${memberId}`;
    const answer = await browser.submit(path, path, { name: 'Ada Neri', role: 'member', groups: '' });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('First make somebody else an administrator');
  });
});

describe('what cannot be undone', () => {
  it('is asked for on a page that names it, and done once, by the button of that very page', async () => {
    const relay = await openRelay();
    const { browser, memberId: admin } = await signIn(relay);
    const anna = await addMember(relay.deps, operator, { name: 'Anna Bianchi' });
    const berto = await addMember(relay.deps, operator, { name: 'Berto Verdi' });
    const remove = (id: string) => `/admin/people/${id}/remove`;
    const page = await (await browser.open(remove(anna.memberId))).text();
    expect(page).toContain('Remove Anna Bianchi?');
    const fields = hiddenIn(page);
    expect((await browser.post(remove(anna.memberId), { form: fields['form'] ?? '' })).status).toBe(409);
    // The same button on something else.
    expect((await browser.post(remove(berto.memberId), fields)).status).toBe(409);
    const other = await signIn(relay, { name: 'Bea Blu' });
    const theirs = hiddenIn(await (await other.browser.open('/admin')).text());
    expect((await other.browser.post(remove(anna.memberId), { ...fields, ...theirs })).status).toBe(409);
    expect(await listPeople(relay.deps)).toHaveLength(4);
    expect((await browser.post(remove(anna.memberId), fields)).status).toBe(200);
    expect((await browser.post(remove(anna.memberId), fields)).status).toBe(409);
    expect((await listPeople(relay.deps)).map(({ name }) => name)).not.toContain('Anna Bianchi');
    const row = await relay.store.get("SELECT actor_id FROM audit WHERE event = 'member_removed'");
    expect(row).toEqual({ actor_id: admin });
  });

  it('ends as a question after ten minutes', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    const { memberId } = await addMember(relay.deps, operator, { name: 'Anna Bianchi' });
    const path = `/admin/people/${memberId}/remove`;
    const fields = hiddenIn(await (await browser.open(path)).text());
    relay.clock.advance(10 * 60_000);
    expect((await browser.post(path, fields)).status).toBe(409);
  });

  it('one laptop is removed, and the member’s other goes on', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    const first = await relay.join('Mario Rossi');
    const memberId = await relay.memberOf(first);
    const person = (await listPeople(relay.deps)).find(({ id }) => id === memberId);
    const path = `/admin/people/${memberId}/installations/${person?.installations[0]?.id}/remove`;
    const done = await browser.submit(path, path);
    expect(done.headers.get('location')).toBe(`/admin/people/${memberId}?done=installationRemoved`);
    expect((await listPeople(relay.deps)).find(({ id }) => id === memberId)?.installations).toEqual([]);
  });
});

describe('what strangers wrote', () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;

  it('names in every place get onto no page as markup', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay, { name: hostile });
    const { memberId } = await addMember(relay.deps, operator, { name: hostile.slice(0, 79) });
    const joined = await relay.join(hostile);
    await relay.store.run(
      'UPDATE installations SET name = ?, browser_name = ?, browser_version = ?',
      hostile,
      hostile,
      '1',
    );
    await relay.store.run('UPDATE members SET group_names = ?', JSON.stringify([hostile]));
    const recipe = {
      recipe: 1,
      id: 'shop',
      name: { it: hostile, en: hostile },
      match: { host: hostile },
    };
    await publishRecipes(relay.deps, [recipe], operator);
    await addAlarm(relay.store, { recipeId: 'shop', host: hostile, missing: ['order'] }, relay.now());
    await relay.deps.audit.record({ event: 'connection_made', providerId: hostile, requestId: hostile });
    const member = await relay.memberOf(joined);
    const query = new URLSearchParams({
      text: hostile,
      member: hostile,
      event: hostile,
      from: hostile,
      done: hostile,
    });
    for (const page of [
      ...pages,
      `/people/${member}`,
      `/people/${memberId}`,
      `/people/${memberId}/remove`,
      '/recipes/remove/shop',
      '/recipes/restore/1',
      '/policy/rule?key=actions:fic.client.create',
      `/policy/rule?${new URLSearchParams({ key: `https://x.example/${hostile}` }).toString()}`,
      `/audit?${query.toString()}`,
      `/people?${query.toString()}`,
      `/${encodeURIComponent(hostile)}`,
    ]) {
      const html = await (await browser.open(`/admin${page}`)).text();
      expect(html, page).not.toContain('<script>');
      expect(html, page).not.toContain('<img');
    }
    const bad = await browser.submit('/admin/recipes', '/admin/recipes', { recipe: `{"${hostile}":1}` });
    expect(bad.status).toBe(400);
    expect(await bad.text()).not.toContain('<script>');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '"=1', "'=1", '|cmd', '%0A'])(
    'a cell that begins like a formula (%j) is text in a spreadsheet',
    (text) => expect(csvCell(text)).toBe(`"'${text.replaceAll('"', '""')}"`),
  );

  it('an exported log opens in a spreadsheet without running anything', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay, { name: '=HYPERLINK("https://evil.example")' });
    const csv = await browser.open('/admin/audit/export.csv?event=console_opened');
    expect(csv.headers.get('content-disposition')).toContain('attachment');
    const [head, line = ''] = (await csv.text()).split('\r\n');
    expect(head).toContain('"sequence"');
    expect(line).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
    const lines = await (await browser.open('/admin/audit/export.jsonl')).text();
    expect(
      lines
        .trim()
        .split('\n')
        .map((text) => (JSON.parse(text) as { event: string }).event),
    ).toEqual(['console_opened', 'member_invited']);
  });
});

describe('what goes wrong', () => {
  it('D9: an exception nobody foresaw is a page in fixed words with the id of its log line', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    const { all } = relay.store;
    for (const page of pages) {
      relay.store.all = () =>
        Promise.reject(new Error('canary-7c1f: SELECT secret FROM somewhere /file.ts:12'));
      const answer = await browser.open(`/admin${page}`);
      const html = await answer.text();
      expect(answer.status, page).toBe(500);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(html).not.toMatch(/canary-7c1f|SELECT|\.ts:/);
      const [, requestId = '-'] = /Code of this request: (\w+)/.exec(html) ?? [];
      expect(relay.log.some((line) => line.includes(requestId) && line.includes('canary-7c1f'))).toBe(true);
      relay.store.all = all;
    }
  });

  it('is said in words with a way out: a page that is not there, and too many requests', async () => {
    const relay = await openRelay({ limitFactor: 1 });
    const { browser } = await signIn(relay);
    const missing = await browser.open('/admin/people/mem_nobody');
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain('href="/admin"');
    const stranger = new Browser(relay);
    let last = 200;
    for (let times = 0; times < 21; times += 1) {
      last = (await stranger.post(`/admin/enter/${'A'.repeat(43)}`, {})).status;
    }
    expect(last).toBe(429);
  });
});

describe('what an administrator does there', () => {
  it('invites: the link and the code let one browser in, and stand on that page alone', async () => {
    const relay = await openRelay();
    const { browser, memberId } = await signIn(relay);
    const answer = await browser.submit('/admin/people', '/admin/people', {
      name: 'Anna Bianchi',
      role: 'auditor',
      groups: 'Office, Reception',
    });
    const html = await answer.text();
    expect(html).toMatch(/https:\/\/relay\.example\.com\/#inv_[\w-]+/);
    expect(html).toMatch(/[0-9A-Z]{4}-[0-9A-Z]{4}/);
    const anna = (await listPeople(relay.deps)).find(({ name }) => name === 'Anna Bianchi');
    expect(anna).toMatchObject({ role: 'auditor', groups: ['Office', 'Reception'], invites: 1 });
    expect(await (await browser.open(`/admin/people/${anna?.id}`)).text()).not.toContain('inv_');
    const row = await relay.store.get(
      "SELECT actor_id FROM audit WHERE event = 'member_invited' ORDER BY sequence DESC LIMIT 1",
    );
    expect(row).toEqual({ actor_id: memberId });
  });

  it('changes one rule at a time, and puts an earlier version back', async () => {
    const relay = await openRelay();
    const { browser, memberId } = await signIn(relay);
    const rule = (key: string, fields: Record<string, string>) =>
      browser.submit(`/admin/policy/rule?key=${encodeURIComponent(key)}`, '/admin/policy/rule', fields);
    await rule('actions:fic.client.create', { who: 'nobody' });
    await rule('methods:manual-token', {
      who: 'some',
      roles: 'admin',
      moreGroups: 'Office',
      members: memberId,
    });
    await rule('https://shop.example/a/path', { who: 'everyone' });
    await rule('directTeam', { who: 'everyone' });
    const { version, policy } = await loadPolicy(relay.store);
    expect(version).toBe(4);
    expect(policy).toMatchObject({
      actions: { 'fic.client.create': { roles: [], groups: [], members: [] } },
      methods: { 'manual-token': { roles: ['admin'], groups: ['Office'], members: [memberId] } },
      sites: { 'https://shop.example': 'everyone' },
      directTeam: 'everyone',
    });
    const path = '/admin/policy/versions/1/restore';
    await browser.submit(path, path);
    const restored = await loadPolicy(relay.store);
    expect(restored.version).toBe(5);
    expect(restored.policy.methods).toEqual({});
    await rule('actions:fic.client.create', { who: 'none' });
    expect((await loadPolicy(relay.store)).policy.actions).toEqual({});
    expect((await browser.open('/admin/policy/rule?key=sites:nonsense')).status).toBe(404);
    expect((await rule('otherSites', { who: 'some' })).status).toBe(400);
  });

  it('says who may use the team’s connection, and ends it', async () => {
    const { relay, connectAs } = await openSandboxed();
    const { browser, memberId } = await signIn(relay);
    const installation = await relay.join('Bea Blu', { role: 'admin' });
    const who = { email: 'demo@example.it', scopes: ['entity.clients:r'] };
    const { connection } = await connectAs(installation, { ...who, forTeam: true });
    const path = `/admin/connections/${connection.id}`;
    const named = { who: 'some', groups: 'Office', moreGroups: 'Office' };
    expect((await browser.submit(`${path}/audience`, `${path}/audience`, named)).status).toBe(303);
    expect((await listShared(relay.store))[0]?.sharedWith).toEqual({
      roles: [],
      groups: ['Office'],
      members: [],
    });
    expect(await (await browser.open('/admin/connections')).text()).toContain('Only: group Office');
    const ended = await browser.submit(`${path}/disconnect`, `${path}/disconnect`);
    expect(await ended.text()).toContain('the provider has no way to take it back');
    expect(await listShared(relay.store)).toEqual([]);
    const rows = await relay.store.all(
      "SELECT actor_id FROM audit WHERE event IN ('connection_shared', 'connection_erased')",
    );
    expect(rows).toEqual([{ actor_id: memberId }, { actor_id: memberId }]);
  });

  it('does not overwrite what somebody else has changed meanwhile', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    const page = await (await browser.open('/admin/policy/rule?key=otherSites')).text();
    const fields = { ...hiddenIn(page), who: 'nobody' };
    expect((await browser.post('/admin/policy/rule', fields)).status).toBe(303);
    expect((await browser.post('/admin/policy/rule', fields)).status).toBe(409);
  });

  it('publishes a recipe, is told what is wrong with one, removes it and puts it back', async () => {
    const relay = await openRelay();
    const { browser, memberId } = await signIn(relay);
    const recipe = {
      recipe: 1,
      id: 'shop',
      name: { it: 'Negozio', en: 'Shop' },
      match: { host: 'shop.example' },
    };
    const publish = (text: string) => browser.submit('/admin/recipes', '/admin/recipes', { recipe: text });
    expect((await publish('{')).status).toBe(400);
    expect(await (await publish('{"recipe":1,"id":"shop"}')).text()).toContain('match');
    expect((await publish(JSON.stringify(recipe))).status).toBe(303);
    expect(await (await browser.open('/admin/recipes')).text()).toContain('shop.example');
    await browser.submit('/admin/recipes/remove/shop', '/admin/recipes/remove/shop');
    expect(await (await browser.open('/admin/recipes')).text()).toContain('The team has no recipes yet');
    const back = '/admin/recipes/restore/1';
    expect((await browser.submit(back, back)).status).toBe(303);
    const rows = await relay.store.all("SELECT actor_id FROM audit WHERE event = 'recipes_published'");
    expect(rows).toEqual(Array.from({ length: 3 }, () => ({ actor_id: memberId })));
  });

  it('searches the log by day, event, person and text, page by page, and has it verified', async () => {
    const relay = await openRelay();
    const { browser, memberId } = await signIn(relay);
    for (let count = 0; count < 60; count += 1) {
      await relay.deps.audit.record({ event: 'grant_issued', memberId, requestId: `req-${count}_%` });
    }
    const found = async (query: string) =>
      (await (await browser.open(`/admin/audit?${query}`)).text()).match(/<tr role="row" data-row/g)
        ?.length ?? 0;
    expect(await found('event=grant_issued')).toBe(25);
    expect(await found('event=grant_issued&before=13')).toBe(10);
    expect(await found('text=req-59_%25')).toBe(1);
    expect(await found('text=req_')).toBe(0);
    expect(await found(`member=${memberId}&event=console_opened`)).toBe(1);
    expect(await found('from=2026-11-16&to=2026-11-16')).toBe(25);
    expect(await found('from=2026-11-17')).toBe(0);
    expect(await found('to=2026-11-15')).toBe(0);
    const verified = await browser.submit('/admin/audit', '/admin/audit/verify');
    expect(await verified.text()).toContain('The log is whole');
    await relay.store.run("UPDATE audit SET event = 'role_given' WHERE sequence = 7");
    const broken = await (await browser.submit('/admin/audit', '/admin/audit/verify')).text();
    expect(broken).toContain('Entry 7 was changed');
  });

  it('reads the log once for all who want it verified at the same time', async () => {
    const relay = await openRelay();
    const { browser } = await signIn(relay);
    const fields = hiddenIn(await (await browser.open('/admin/audit')).text());
    const { get } = relay.store;
    let [looks, visits] = [0, 0];
    const bothAreIn = Promise.withResolvers<void>();
    // Nothing of a request is waited for after its session: a few turns of the loop later it has asked.
    const letThrough = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await turnOfLoop();
      bothAreIn.resolve();
    };
    relay.store.get = async <Row>(sql: string, ...values: SqlValue[]) => {
      const row = await get<Row>(sql, ...values);
      if (sql.includes('FROM console_sessions') && ++visits === 2) void letThrough();
      if (sql.includes('FROM audit_head')) {
        looks += 1;
        await bothAreIn.promise;
      }
      return row;
    };
    const verify = async (): Promise<string> => (await browser.post('/admin/audit/verify', fields)).text();
    const [one, other] = await Promise.all([verify(), verify()]);
    expect(one).toContain('The log is whole');
    expect(other).toContain('The log is whole');
    expect(looks).toBe(1);
    await verify();
    expect(looks).toBe(2);
  });
});

describe('words', () => {
  it('have the same places to fill in in both languages', () => {
    const holes = (text: string) => [...text.matchAll(/\$\d/g)].map(String).toSorted();
    for (const [key, [it, en]] of Object.entries(phrases)) expect(holes(it), key).toEqual(holes(en));
  });

  it('come in the language the browser asks for, and in the other at a click', async () => {
    const browser = new Browser(await openRelay());
    const title = async (headers: Record<string, string>) =>
      /<html lang="(\w+)"/.exec(await (await browser.open('/admin/sign-in', headers)).text())?.[1];
    expect(await title({ 'Accept-Language': 'en-GB,en;q=0.9,it;q=0.8' })).toBe('en');
    expect(await title({ 'Accept-Language': 'it-IT,it;q=0.9,en;q=0.8' })).toBe('it');
    expect(await title({ 'Accept-Language': 'de-DE' })).toBe('it');
    const chosen = await browser.open('/admin/sign-in?lang=en&x=1');
    expect(chosen.headers.get('location')).toBe('/admin/sign-in?x=1');
    expect(await title({ 'Accept-Language': 'it' })).toBe('en');
  });

  it('tell days as they begin in Italy, in winter and in summer', () => {
    expect(dayStartMs('2026-11-20')).toBe(Date.parse('2026-11-19T23:00:00Z'));
    expect(dayStartMs('2026-07-01', 1)).toBe(Date.parse('2026-07-01T22:00:00Z'));
    expect(dayStartMs('2026-13-01')).toBeNull();
    expect(dayStartMs('yesterday')).toBeNull();
  });
});
