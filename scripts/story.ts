import type { Page } from 'playwright';
import type { ExtensionBrowser } from './chromium.ts';

/** What a person does in the popup and in the provider's window, for the tour and for the browser tests. */

/** Pastes an invite and waits for the next screen. */
export async function enrol(popup: Page, link: string): Promise<void> {
  await popup.locator('#invite').fill(link);
  await popup.locator('button[type=submit]').click();
  await popup.locator('.permissions').first().waitFor();
}

interface ConsentOptions {
  email: string;
  password?: string;
  decision?: 'Autorizza' | 'Rifiuta';
  /** Called with the consent page before it is answered. */
  onConsent?(page: Page): Promise<void>;
}

/** Presses "continue" in the popup and answers the provider's login and consent pages. */
export async function connect(
  { context }: ExtensionBrowser,
  popup: Page,
  { email, password = 'prova', decision = 'Autorizza', onConsent }: ConsentOptions,
): Promise<void> {
  const opening = context.waitForEvent('page');
  await popup.locator('section button:not(.secondary)').first().click();
  const window = await opening;
  const loginField = window.locator('input[type=email]');
  const decisionButton = window.getByRole('button', { name: decision });
  await loginField.or(decisionButton).first().waitFor();
  if (await loginField.isVisible()) {
    await loginField.fill(email);
    await window.locator('input[type=password]').fill(password);
    await window.locator('button[type=submit]').first().click();
  }
  await decisionButton.waitFor();
  await onConsent?.(window);
  await decisionButton.click();
}

/** Chooses a company by its name. */
export async function chooseCompany(popup: Page, name: string): Promise<void> {
  await popup.locator('#company').selectOption({ label: name });
  await popup.locator('#query').waitFor();
}

/** Switches in-page actions on for `origin` through the popup. */
export async function enableSite(browser: ExtensionBrowser, origin: string): Promise<Page> {
  await browser.preapprove(origin);
  const popup = await browser.openPopup(origin);
  await popup.locator('.site button').click();
  await popup.locator('.site button', { hasText: /Disattiva|Turn off/ }).waitFor();
  return popup;
}

/** Switches actions of Fatture in Cloud on, by what they are called, and allows what they need. */
export async function switchOn(
  { context }: ExtensionBrowser,
  popup: Page,
  labels: readonly string[],
): Promise<void> {
  await popup.locator('#access-fatture-in-cloud summary').click();
  for (const label of labels) await popup.getByLabel(label).check();
  const missing = popup.locator('[data-code=missing-scope]');
  const opening = context.waitForEvent('page');
  await missing.locator('button').first().click();
  await (await opening).getByRole('button', { name: 'Autorizza' }).click();
  await missing.waitFor({ state: 'detached' });
  await popup.locator('#query').waitFor();
}
