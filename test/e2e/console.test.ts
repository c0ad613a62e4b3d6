import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { chromium, type BrowserContextOptions, type Page } from 'playwright';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../scripts/port.ts';
import { findChromium } from '../../scripts/browser.ts';
import { ConnectionId, MemberId } from '../../shared/ids.ts';
import { Policy } from '../../shared/policy.ts';
import { createApp } from '../../relay/app.ts';
import { sealToken } from '../../relay/connection/tokens.ts';
import { drawLink } from '../../relay/console/pages/link.ts';
import { digest, newId } from '../../relay/keys/random.ts';
import { operator } from '../../relay/audit.ts';
import { nameEmail } from '../../relay/people/emails.ts';
import { addMember } from '../../relay/people/members.ts';
import { updatePolicy } from '../../relay/policy/policy.ts';
import { publishRecipes } from '../../relay/recipes.ts';
import { saveConnection } from '../../relay/store/connections.ts';
import { insertIdentity } from '../../relay/store/identities.ts';
import { keepTeam, teamId } from '../../relay/store/members.ts';
import { addAlarm } from '../../relay/store/recipes.ts';
import { startOidcServer } from '../conformance/oidc-server.ts';
import { serveOnLoopback } from '../loopback.ts';
import { openRelay, vaultOf } from '../relay/harness.ts';
import { openGround, violationsOf } from './setup.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

/** A Chromium without the extension: the console is for any browser. */
async function openBrowser(options: BrowserContextOptions): Promise<Page> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('no Chromium: run npm test once');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  onTestFinished(() => browser.close());
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(8_000);
  return page;
}

it.each([false, true])(
  'an administrator invites, rules, publishes, removes and leaves in a real browser (JavaScript: %s)',
  async (javaScriptEnabled) => {
    const { stack } = await openGround();
    const faults: string[] = [];
    const page = await openBrowser({ javaScriptEnabled, locale: 'it-IT' });
    page.on('console', (message) => void faults.push(message.text()));
    const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click();
    const heading = () => page.getByRole('heading', { level: 1 }).innerText();

    await stack.invite('Ada Neri');
    const [id = ''] = /mem_\S+/.exec(await stack.run('members')) ?? [];
    await stack.run('members', 'role', id, 'admin');
    const [link = ''] = (await stack.run('console')).split('\n');
    await page.goto(link);
    await press('Continua');
    expect(await heading()).toBe('Panoramica');

    await page.getByRole('link', { name: 'Persone' }).click();
    await page.getByLabel('Nome').fill('Anna Bianchi');
    await page.getByLabel('Gruppi').fill('Ufficio');
    await press('Invita');
    expect(await heading()).toBe('Invito per Anna Bianchi');
    expect(await page.locator('.told code').first().innerText()).toContain(`${stack.relayOrigin}/#inv_`);
    expect(await page.getByRole('button', { name: 'Copia' }).count()).toBe(javaScriptEnabled ? 2 : 0);

    await page.getByRole('link', { name: 'Indietro' }).click();
    await page.getByLabel('Ruolo').selectOption('auditor');
    await press('Salva');
    await page.getByText('Salvato.').waitFor();

    await page.getByRole('link', { name: 'Regole' }).click();
    await page.getByRole('link', { name: /Creare clienti/ }).click();
    await page.getByLabel('Solo chi è indicato').check();
    await page.getByLabel('amministratori').check();
    await press('Salva');
    await page.getByText('Solo: amministratori').waitFor();

    await page.getByRole('link', { name: 'Siti e ricette' }).click();
    const recipe = {
      recipe: 1,
      id: 'shop',
      name: { it: 'Negozio', en: 'Shop' },
      match: { host: 'shop.example' },
    };
    await page.getByLabel('File JSON').setInputFiles({
      name: 'shop.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(recipe)),
    });
    await press('Pubblica');
    await page.getByRole('cell', { name: 'shop.example' }).waitFor();

    await page.getByRole('link', { name: 'Persone' }).click();
    await page.getByRole('link', { name: 'Anna Bianchi' }).click();
    await page.getByRole('link', { name: 'Rimuovi…' }).click();
    expect(await heading()).toBe('Rimuovere Anna Bianchi?');
    await press('Rimuovi la persona');
    expect(await heading()).toBe('Anna Bianchi non è più nel team');

    await page.getByRole('link', { name: 'Registro' }).click();
    await page.getByLabel('Che cosa').selectOption('member_removed');
    await press('Cerca');
    expect(await page.locator('[data-row]').count()).toBe(1);
    await press('Verifica il registro');
    expect(await heading()).toBe('Il registro è integro');

    await page.getByRole('link', { name: 'English' }).click();
    await press('Sign out');
    await page.getByText('You have signed out.').waitFor();
    await page.goto(`${stack.relayOrigin}/admin/people`);
    expect(await heading()).toBe('Sign in to the console');
    // A browser that holds a page back because of its policy says so here.
    expect(faults).toEqual([]);
  },
);

it('whoever signs in at another site, with their work account, is in the console, also without JavaScript', async () => {
  const relayPort = await freePort();
  // By name: the identity provider, by number, is then another site, as it is in the world.
  const publicUrl = `http://localhost:${relayPort}`;
  const server = await startOidcServer({
    redirectUri: `${publicUrl}/sign-in-callback`,
    claims: () => ({ email: 'ada@example.com', email_verified: true, name: 'Ada Neri', groups: ['IT'] }),
  });
  onTestFinished(server.close);
  await openGround({
    relayPort,
    environment: {
      STAFFETTA_PUBLIC_URL: publicUrl,
      STAFFETTA_SSO_ISSUER: server.issuer,
      STAFFETTA_SSO_CLIENT_ID: server.credentials.clientId,
      STAFFETTA_SSO_CLIENT_SECRET: server.credentials.clientSecret,
      STAFFETTA_SSO_DOMAINS: 'example.com',
      STAFFETTA_SSO_SCOPE: 'openid email profile groups',
      STAFFETTA_SSO_GROUPS_CLAIM: 'groups',
      STAFFETTA_SSO_ROLES: 'IT=auditor',
    },
  });
  const page = await openBrowser({ javaScriptEnabled: false, locale: 'en-GB' });
  await page.goto(`${publicUrl}/admin`);
  await page.getByRole('link', { name: 'Sign in with your work account' }).click();
  await page.locator('input[name=login]').fill('ada');
  await page.locator('input[name=password]').fill('ada');
  await page.locator('button[type=submit]').click();
  await page.locator('button[type=submit]', { hasText: 'Continue' }).click();
  await page.waitForURL(`${publicUrl}/admin`);
  await page.getByText('You are here as an auditor').waitFor();
  const cookies = (await page.context().cookies(publicUrl)).filter(({ name }) =>
    name.startsWith('staffetta'),
  );
  expect(cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite])).toEqual([
    ['staffetta-console', true, 'Strict'],
  ]);
});

/** The address of somebody who was removed. */
const goneEmail = 'carlo.gialli@magazzinobellavista.example';

/** A relay of a team that has worked for a week, served to browsers. */
async function openTeam() {
  let listener: RequestListener = (_, response) => void response.end();
  const publicUrl = await serveOnLoopback((request, response) => listener(request, response));
  const keys = Array.from({ length: 3 }, () => randomBytes(32).toString('base64'));
  const [, oldKey = '', olderKey = ''] = keys;
  const relay = await openRelay({
    publicUrl,
    vaultKey: keys.join(),
    environment: {
      STAFFETTA_VAULT_KEY: keys.join(),
      STAFFETTA_SSO_ISSUER: 'https://login.example.com',
      STAFFETTA_SSO_CLIENT_ID: 'x',
      STAFFETTA_SSO_CLIENT_SECRET: 'x',
      STAFFETTA_SSO_DOMAINS: 'magazzinobellavista.example',
      STAFFETTA_SITES: 'https://shop.example,https://prenotazioni.example',
      STAFFETTA_STORA_CLIENT_ID: 'x',
      STAFFETTA_STORA_CLIENT_SECRET: 'x',
      STAFFETTA_STORA_ORIGIN: 'http://127.0.0.1:9',
    },
  });
  const { deps, store } = relay;
  const answer = getRequestListener(createApp(deps).fetch);
  listener = (request, response) => void answer(request, response);
  const nowMs = relay.now();
  const { memberId: ada } = await addMember(deps, operator, { name: 'Ada Neri', role: 'admin' });
  const people = [ada];
  for (const [name, groups] of [
    ['Mario Rossi', ['Reception']],
    ['Giovanna Maria De Santis Bellavista', ['Ufficio', 'Reception']],
    ['Luca Verdi', ['Ufficio']],
  ] as const) {
    await relay.join(name, { groups: [...groups] });
    const row = await store.get<{ id: string }>('SELECT id FROM members WHERE name = ?', name);
    people.push(MemberId.parse(row?.id));
  }
  await store.run("UPDATE installations SET browser_name = 'Chrome', browser_version = '131.0'");
  const removed = { issuer: 'https://login.example.com', subject: 's', memberId: null };
  await insertIdentity(store, { ...removed, email: goneEmail }, nowMs);
  const email = 'giovanna.maria.desantis@magazzinobellavista.example';
  await nameEmail(deps, operator, people[2] ?? ada, email);
  await keepTeam(store);
  // A change of key that is under way, and one that is over.
  const before = vaultOf(oldKey);
  await store.run(
    'INSERT INTO retired_keys (key_id, retired_at_ms) VALUES (?, ?)',
    vaultOf(olderKey).keyId,
    nowMs - 3_600_000,
  );
  const connections = [
    [ada, 'fatture-in-cloud', 'active', 'authorization-code'],
    [people[1] ?? ada, 'fatture-in-cloud', 'active', 'authorization-code'],
    [people[2] ?? ada, 'fatture-in-cloud', 'expired', 'device-code'],
    [people[3] ?? ada, 'fatture-in-cloud', 'active', 'manual-token'],
    [teamId, 'stora', 'active', 'authorization-code'],
  ] as const;
  for (const [memberId, providerId, status, method] of connections) {
    const id = ConnectionId.parse(newId('con'));
    await saveConnection(store, {
      id,
      memberId,
      sharedWith: memberId === teamId ? 'everyone' : null,
      providerId,
      status,
      method,
      scopes: [],
      accessToken:
        status === 'active' ? sealToken(before, { id, memberId, providerId }, 'accessToken', 'x') : null,
      accessExpiresAtMs: nowMs,
      refreshToken: null,
      createdAtMs: nowMs - 500_000_000,
      refreshedAtMs: nowMs - 50_000_000,
    });
  }
  await store.run('UPDATE connections SET given_by = ? WHERE member_id = ?', people[1] ?? ada, teamId);
  const connectionOf = async (memberId: MemberId): Promise<string> =>
    (await store.get<{ id: string }>('SELECT id FROM connections WHERE member_id = ?', memberId))?.id ?? '';
  const [own, teams] = [await connectionOf(ada), await connectionOf(teamId)];
  for (const [daysAgo, good, bad] of [
    [6.5, 6, 0],
    [5.5, 7, 0],
    [4.5, 5, 2],
    [2.5, 8, 0],
    [0.5, 4, 1],
  ] as const) {
    relay.clock.now = nowMs - daysAgo * 86_400_000;
    for (let count = 0; count < good; count += 1) {
      await deps.audit.record({
        event: 'connection_refreshed',
        memberId: people[1],
        providerId: 'fatture-in-cloud',
      });
    }
    for (let count = 0; count < bad; count += 1) {
      await deps.audit.record({
        event: 'connection_ended',
        memberId: people[2],
        providerId: 'fatture-in-cloud',
      });
    }
  }
  relay.clock.now = nowMs;
  for (const outcome of ['done', 'done', 'done', 'quota', 'provider-down']) {
    deps.metrics.called('fatture-in-cloud', 'call', outcome, 100);
  }
  const provider = deps.config.providers.get('fatture-in-cloud')?.provider;
  if (provider === undefined) throw new Error('no provider');
  await deps.quotas.enter(provider, {
    path: '/c/12345/entities/clients',
    memberId: ada,
    isBackground: false,
  });
  const policy = Policy.parse({
    actions: { 'fic.einvoice.send': { roles: ['admin'] }, 'fic.supplier.create': { groups: ['Ufficio'] } },
    methods: { 'manual-token': {} },
  });
  await updatePolicy(deps, operator, { basedOn: 0, policy: Policy.parse({}) });
  await updatePolicy(deps, operator, { basedOn: 1, policy });
  const recipe = {
    recipe: 1,
    id: 'shop.order',
    name: { it: 'Ordini del negozio', en: 'Orders of the shop' },
    match: { host: 'shop.example' },
  };
  await publishRecipes(deps, [recipe], operator);
  await addAlarm(
    store,
    { recipeId: 'shop.order', host: 'shop.example', missing: ['order', 'customer'] },
    nowMs,
  );
  return { relay, ada, person: people[2] ?? ada, own, teams };
}

it('an administrator names a work account, lets somebody return, gives and gives back, and seals everything anew', async () => {
  const { relay, ada, person } = await openTeam();
  const page = await openBrowser({ javaScriptEnabled: false, locale: 'en-GB' });
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const follow = (name: string) => page.getByRole('link', { name, exact: true }).click();
  await page.goto((await drawLink(relay.deps, ada)).link);
  await press('Continue');

  await page.goto(`${relay.publicUrl}/admin/people/${person}`);
  const address = page.getByLabel('Address of the work account');
  await address.fill('bellavista@magazzinobellavista.example');
  await page.locator('form', { has: address }).getByRole('button').click();
  await page.getByText('The address was saved.').waitFor();
  await page.getByText('Whoever first signs in with the work account bellavista@').waitFor();

  await follow('People');
  await follow('Allow the return…');
  await press('Allow the return');
  await page.getByText('They can sign in with their work account again.').waitFor();

  await follow('Connections');
  await follow('Give to the team…');
  await press('Give to the team');
  await page.getByText('For the moment administrators use it').waitFor();
  await page.getByLabel('Everybody').check();
  await press('Save');
  const teams = page.getByRole('row', { name: /The team Fatture in Cloud/ });
  await teams.getByRole('link', { name: 'Give back…' }).click();
  await press('Give back');
  await page.getByText('The connection was given back.').waitFor();

  await follow('Keys');
  await follow('Seal everything with today’s key…');
  await press('Seal everything anew');
  await page.getByText('The relay has begun to seal everything').waitFor();
  await relay.deps.rewrapper.start(operator);
  await page.reload();
  await page.getByText(/All secrets \(\d+\) are sealed with today’s key/).waitFor();
  await page.getByText('Seals nothing any more.').waitFor();
});

it.each([
  ['it', 'light', 'wide'],
  ['en', 'dark', 'wide'],
  ['it', 'dark', 'narrow'],
  ['en', 'light', 'narrow'],
] as const)(
  'axe finds nothing on any page (%s, %s, %s), and none is wider than the window',
  async (language, colorScheme, width) => {
    const { relay, ada, person, own, teams } = await openTeam();
    const page = await openBrowser({
      colorScheme,
      locale: language === 'it' ? 'it-IT' : 'en-GB',
      viewport: width === 'wide' ? { width: 1180, height: 800 } : { width: 360, height: 740 },
    });
    const look = async (name: string): Promise<void> => {
      await page.screenshot({
        path: `${directory}/console-${name}-${language}-${colorScheme}-${width}.png`,
        fullPage: true,
      });
      expect(await violationsOf(page), name).toEqual([]);
      const [inner, scroll] = await page.evaluate(() => [
        document.documentElement.clientWidth,
        document.documentElement.scrollWidth,
      ]);
      expect(scroll, name).toBeLessThanOrEqual(inner ?? 0);
    };
    const { link } = await drawLink(relay.deps, ada);
    await page.goto(`${relay.publicUrl}/admin/sign-in`);
    await look('sign-in');
    await page.goto(link);
    await look('enter');
    await page.locator('main button').click();
    for (const [name, path] of [
      ['overview', ''],
      ['people', '/people'],
      ['person', `/people/${person}`],
      ['remove', `/people/${person}/remove`],
      ['return', `/people/${digest(goneEmail)}/return`],
      ['connections', '/connections'],
      ['give', `/connections/${own}/give`],
      ['give-back', `/connections/${teams}/give-back`],
      ['policy', '/policy'],
      ['rule', '/policy/rule?key=actions:fic.supplier.create'],
      ['recipes', '/recipes'],
      ['audit', '/audit'],
      ['keys', '/keys'],
      ['rewrap', '/keys/rewrap'],
      ['nothing', '/nothing'],
    ] as const) {
      await page.goto(`${relay.publicUrl}/admin${path}`);
      await look(name);
    }
    await page.goto(`${relay.publicUrl}/admin/people`);
    await page.getByLabel(language === 'it' ? 'Nome' : 'Name', { exact: true }).fill('Anna Bianchi');
    await page.locator('main form button').click();
    await look('invite');
  },
);
