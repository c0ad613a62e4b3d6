import { beforeEach, vi } from 'vitest';
import { fakeBrowser } from 'wxt/testing/fake-browser';

/**
 * A browser in memory, for the parts of the background that need its storage and nothing else; anew for each test.
 *
 * To be imported before what uses it. It lets us read every host, and has no IndexedDB, as a Firefox that never keeps
 * anything: keys live in the session.
 */
export const browser = fakeBrowser;

vi.stubGlobal('chrome', fakeBrowser);
vi.stubGlobal('indexedDB', {
  open(): never {
    throw new DOMException('', 'InvalidStateError');
  },
});

beforeEach(() => {
  fakeBrowser.reset();
  fakeBrowser.permissions.contains = async () => true;
});

/** Enrolled at the relay of this origin. */
export const enrolAt = (relayOrigin: string): Promise<void> =>
  browser.storage.local.set({
    installation: { relayOrigin, installationId: `ins_${'A'.repeat(22)}`, memberName: 'Mario Rossi' },
  });
