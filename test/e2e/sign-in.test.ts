import { mkdirSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { popupSize } from '../../scripts/chromium.ts';
import { freePort } from '../../scripts/port.ts';
import { startOidcServer } from '../conformance/oidc-server.ts';
import { dumpStorage, openWorld, violationsOf } from './setup.ts';
import { variants } from '../variants.ts';

const directory = '.staffetta/look';
mkdirSync(directory, { recursive: true });

it.each(
  variants([
    ['it', 'light'],
    ['en', 'dark'],
  ] as const),
)(
  'a person joins with their work account, once the team takes them in (%s, %s)',
  async (locale, colorScheme) => {
    const relayPort = await freePort();
    const redirectUri = `http://127.0.0.1:${relayPort}/sign-in-callback`;
    let email = 'mario@elsewhere.example';
    const server = await startOidcServer({
      redirectUri,
      claims: () => ({ email, email_verified: true, name: 'Mario Rossi' }),
    });
    onTestFinished(server.close);
    const environment = {
      STAFFETTA_PORT: String(relayPort),
      STAFFETTA_SSO_ISSUER: server.issuer,
      STAFFETTA_SSO_CLIENT_ID: server.credentials.clientId,
      STAFFETTA_SSO_CLIENT_SECRET: server.credentials.clientSecret,
      STAFFETTA_SSO_DOMAINS: 'example.com',
    };
    const world = await openWorld({ locale, colorScheme, relayPort, environment });
    const { context } = world.browser;
    const popup = await world.browser.openPopup();
    await popup.setViewportSize(popupSize);
    await popup.locator('summary').click();
    await popup.locator('#address').fill(world.stack.relayOrigin);
    const button = popup.getByRole('button', {
      name: locale === 'it' ? 'account aziendale' : 'work account',
    });

    /** Signs in at the provider's own pages, and agrees. */
    const signIn = async (isFirst: boolean): Promise<void> => {
      const opening = context.waitForEvent('page');
      await button.click();
      const window = await opening;
      const closed = window.waitForEvent('close');
      if (isFirst) {
        await window.locator('input[name=login]').fill('mario');
        await window.locator('input[name=password]').fill('mario');
        await window.locator('button[type=submit]').click();
      }
      // This server asks again each time.
      await window.locator('button[type=submit]', { hasText: 'Continue' }).click();
      await closed;
    };
    await signIn(true);
    await popup.locator('.notice[data-code=sign-in-refused]').waitFor();
    await popup.screenshot({ path: `${directory}/sign-in-${locale}-${colorScheme}.png` });
    expect(await violationsOf(popup)).toEqual([]);

    email = 'mario@example.com';
    await signIn(false);
    await popup.locator('.permissions').first().waitFor();
    expect(await popup.locator('footer').textContent()).toContain('Mario Rossi');
    const { local, session } = await dumpStorage(world.browser);
    for (const secret of [server.credentials.clientSecret, 'id_token', email]) {
      expect(local + session).not.toContain(secret);
    }
  },
);
