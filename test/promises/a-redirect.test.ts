import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createFlow } from '../../shared/api/flows.ts';
import { chromeExtensionIdDefault, ConfigError, readConfig } from '../../relay/config/config.ts';
import { credentials, handleIn, locationOf } from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import { freePort } from '../../scripts/port.ts';
import { runRelay, startRelay, temporaryFolder } from '../relay/process.ts';
import { openTokenEndpoint } from '../relay/token-endpoint.ts';
import { chromeTarget, openPair } from './flow.ts';

/** In the manner of oauth2-proxy's table of open redirects: none of these is a place where a flow may end. */
const hostileTargets = [
  'https://evil.example/',
  'https://evil.example/connected',
  'http://evil.example',
  '//evil.example',
  '///evil.example',
  '////evil.example/%2e%2e',
  '/\\evil.example',
  '\\\\evil.example',
  'https:\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\thttps://evil.example',
  'https:/evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'chrome-extension://fbiddfofphmlhbfnlpgeinmogneedfga/popup.html',
  'https://chromiumapp.org/connected',
  'https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/connected',
  `https://${chromeExtensionIdDefault}.chromiumapp.org.evil.example/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org@evil.example/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org:8443/connected`,
  `https://user@${chromeExtensionIdDefault}.chromiumapp.org/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org./connected`,
  `https://${chromeExtensionIdDefault.toUpperCase()}.CHROMIUMAPP.ORG/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org\\.evil.example/connected`,
  `https://${chromeExtensionIdDefault}.chromiumapp.org%2eevil.example/connected`,
  `https://${chromeExtensionIdDefault}-chromiumapp.org/connected`,
  `https://evil.example/?x=${chromeExtensionIdDefault}.chromiumapp.org`,
  `https://evil.example/#${chromeExtensionIdDefault}.chromiumapp.org`,
  'https://evil.extensions.allizom.org/connected',
  'Chrome',
  'CHROME',
  'chrome ',
  ' chrome',
  'chrome\n',
  'chrome\0',
  'chrome,firefox',
  'ｃｈｒｏｍｅ',
  'edge',
  '',
];

describe('where a flow may end', () => {
  test('A14: the caller names a kind of browser and nothing else: every other target is refused', async () => {
    const { relay } = await openPair();
    const installation = await relay.join();
    const challenge = () => randomBytes(32).toString('base64url');
    const plain = {
      providerId: 'fatture-in-cloud',
      scopes: ['entity.clients:r'],
      redirectKind: 'chrome' as const,
    };
    for (const target of hostileTargets) {
      const asKind = { ...plain, codeChallenge: challenge(), redirectKind: target as 'chrome' };
      const refusal = await installation.refusal(createFlow, { input: asKind });
      expect(refusal, target).toMatchObject({
        status: 400,
        code: 'request-invalid',
        fields: ['redirectKind'],
      });
      for (const name of ['redirectUri', 'redirect_uri', 'redirect', 'next', 'target', 'returnTo']) {
        const input = { ...plain, codeChallenge: challenge(), [name]: target };
        expect((await installation.refusal(createFlow, { input })).status, `${name}=${target}`).toBe(400);
      }
    }
    for (const notText of [null, 1, true, ['chrome'], { chrome: true }]) {
      const input = { ...plain, codeChallenge: challenge(), redirectKind: notText as unknown as 'chrome' };
      expect((await installation.refusal(createFlow, { input })).status).toBe(400);
    }
    expect(await relay.store.all('SELECT id FROM flows')).toEqual([]);
  });

  const settings = [
    ...hostileTargets
      .filter((target) => target.trim() !== '')
      .map((value) => ['STAFFETTA_CHROME_EXTENSION_ID', value]),
    ['STAFFETTA_CHROME_EXTENSION_ID', chromeExtensionIdDefault.toUpperCase()],
    ['STAFFETTA_CHROME_EXTENSION_ID', `${chromeExtensionIdDefault}.`],
    ['STAFFETTA_CHROME_EXTENSION_ID', `${chromeExtensionIdDefault}\n`],
    ['STAFFETTA_CHROME_EXTENSION_ID', `evil.example/${chromeExtensionIdDefault}`],
    ['STAFFETTA_CHROME_EXTENSION_ID', `${chromeExtensionIdDefault}@evil.example/`],
    ['STAFFETTA_CHROME_EXTENSION_ID', `${chromeExtensionIdDefault}a`],
    ['STAFFETTA_CHROME_EXTENSION_ID', chromeExtensionIdDefault.slice(1)],
    ['STAFFETTA_FIREFOX_ADDON_ID', 'no-at-sign'],
    ['STAFFETTA_FIREFOX_ADDON_ID', 'staffetta@evil.example/x'],
    ['STAFFETTA_FIREFOX_ADDON_ID', 'staffetta@example.com\n'],
    ['STAFFETTA_FIREFOX_ADDON_ID', 'two@at@signs'],
    ['STAFFETTA_PUBLIC_URL', 'http://relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'http://localhost.evil.example'],
    ['STAFFETTA_PUBLIC_URL', 'http://127.0.0.1.evil.example'],
    ['STAFFETTA_PUBLIC_URL', 'http://127.0.0.1@evil.example'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com@evil.example'],
    ['STAFFETTA_PUBLIC_URL', 'https://user:secret@relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com/path'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com/?next=x'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com/#x'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com//'],
    ['STAFFETTA_PUBLIC_URL', 'https://RELAY.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com.'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com:443'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com:99999'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.exam\tple.com'],
    ['STAFFETTA_PUBLIC_URL', 'https:\\\\relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'https://relay.example.com\\@evil.example'],
    ['STAFFETTA_PUBLIC_URL', '//relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'ftp://relay.example.com'],
    ['STAFFETTA_PUBLIC_URL', 'javascript:alert(1)'],
    ['STAFFETTA_PUBLIC_URL', 'https://'],
  ] as const;

  test.for(settings.map(([name = '', value = '']) => ({ name, value, shown: JSON.stringify(value) })))(
    'A14: $name set to $shown keeps the relay from starting',
    ({ name, value }) => {
      expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    },
  );

  test('A14: a flow ends at the one URL of its browser, whatever else is configured', () => {
    const config = readConfig({
      STAFFETTA_CHROME_EXTENSION_ID: 'abcdefghijklmnopabcdefghijklmnop',
      STAFFETTA_FIREFOX_ADDON_ID: 'staffetta@example.com',
    });
    expect(config.redirectTargets).toEqual({
      chrome: 'https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/connected',
      firefox: 'https://bfc7e9587a8307616d6d94d93223ecc5972881a3.extensions.allizom.org/connected',
      tab: 'http://127.0.0.1:8787/connected',
    });
  });

  test('A15: parameters that ask for another destination are ignored at the start and at the callback', async () => {
    const { relay } = await openPair();
    const flow = await (await relay.join()).begin();
    const names = ['next', 'redirect', 'redirect_uri', 'r', 'url', 'returnTo', 'redirectKind'];
    const extra = names.map((name) => `${name}=https://evil.example`).join('&');
    const plainStart = locationOf(await relay.fetch(flow.startUrl)).href;
    expect(locationOf(await relay.fetch(`${flow.startUrl}?${extra}`)).href).toBe(plainStart);
    const answer = await relay.fetch(
      `${relay.publicUrl}/callback/fatture-in-cloud?${extra}&state=${flow.state}&code=c%2Fx`,
    );
    expect(locationOf(answer).href.startsWith(`${chromeTarget}?`)).toBe(true);
    expect([...locationOf(answer).searchParams.keys()]).toEqual(['state', 'handle']);
  });

  test('A15: the start URL names no redirect_uri, and the provider is given only the registered callback', async () => {
    const { relay } = await openPair();
    const flow = await (await relay.join()).begin();
    expect(flow.startUrl).toBe(`https://relay.example.com/connect/${flow.flowId}`);
    expect(locationOf(await relay.fetch(flow.startUrl)).searchParams.get('redirect_uri')).toBe(
      'https://relay.example.com/callback/fatture-in-cloud',
    );
  });
});

describe('what the browser is answered', () => {
  test('A18: start and callback answer only 303 or the static page, with the headers that keep a code from leaking', async () => {
    const { relay } = await openPair();
    const flow = await (await relay.join()).begin();
    const paths = [
      `/connect/${flow.flowId}`,
      '/connect/flw_AAAAAAAAAAAAAAAAAAAAAA',
      '/connect/x',
      `/callback/fatture-in-cloud?state=${flow.state}&code=c%2Fx`,
      `/callback/fatture-in-cloud?state=${flow.state}&error=access_denied`,
      `/callback/other?state=${flow.state}&code=c%2Fx`,
      '/callback/fatture-in-cloud',
      '/callback/fatture-in-cloud?state=x&code=y',
    ];
    for (const path of paths) {
      const response = await relay.fetch(relay.publicUrl + path);
      expect([303, 400], path).toContain(response.status);
      expect(Object.fromEntries(response.headers), path).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'strict-transport-security': expect.stringMatching(/^max-age=\d{8}/) as string,
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
      });
      expect(response.headers.has('set-cookie'), path).toBe(false);
      if (response.status === 303) expect(await response.text(), path).toBe('');
    }
  });

  test.for(['POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'A19: %s at start and callback is refused without effect',
    async (method) => {
      const { relay, endpoint } = await openPair();
      const flow = await (await relay.join()).begin();
      const before = await relay.audit();
      const urls = [
        flow.startUrl,
        `${relay.publicUrl}/callback/fatture-in-cloud?state=${flow.state}&code=c%2Fx`,
      ];
      for (const url of urls) {
        const response = await relay.fetch(url, { method });
        expect(response.status).toBe(405);
        expect(response.headers.get('allow')).toBe('GET');
        expect(response.headers.has('location')).toBe(false);
      }
      expect(await relay.audit()).toEqual(before);
      expect(endpoint.calls).toEqual([]);
      expect((await relay.callback({ state: flow.state, code: 'c/x' })).status).toBe(303);
    },
  );

  test('A20: a relay restarted between start and callback finishes the flow', async () => {
    const endpoint = await openTokenEndpoint();
    const port = await freePort();
    const environment = {
      STAFFETTA_DATA_DIR: temporaryFolder(),
      STAFFETTA_PORT: String(port),
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID: credentials.clientId,
      STAFFETTA_FATTURE_IN_CLOUD_CLIENT_SECRET: credentials.clientSecret,
      STAFFETTA_FATTURE_IN_CLOUD_ORIGIN: endpoint.origin,
    };
    const { stdout } = await runRelay(['invite', 'Mario Rossi'], environment);
    const first = await startRelay(port, environment);
    const installation = await Installation.create(first);
    await installation.enrol(stdout.trim().split('#')[1] ?? '');
    await installation.openSession();
    const flow = await installation.begin();
    expect((await first.fetch(flow.startUrl, { redirect: 'manual' })).status).toBe(303);
    await first.stop();

    const second = await startRelay(port, environment);
    const callback = `${second.publicUrl}/callback/fatture-in-cloud?state=${flow.state}&code=c%2Fafter-restart`;
    const answer = await second.fetch(callback, { redirect: 'manual' });
    const { connection } = await installation.finish(flow, handleIn(answer));
    expect(connection.status).toBe('active');
    expect(endpoint.calls.map(({ form }) => form.get('code'))).toEqual(['c/after-restart']);
  });
});
