import { z } from 'zod';
import { expect, it, onTestFinished } from 'vitest';
import { browser } from '../browser.ts';
import {
  deleteWritten,
  listWritten,
  saveWritten,
} from '../../../../extension/background/work/unsent-forms.ts';
import { slot } from '../../../../extension/storage.ts';

const [first, second] = ['6f1c8a52-5f0e-4a53-9c0e-0d5a7f6f2b11', '0b0f4a9e-93a1-4a37-8a4c-2f7c1f0b6c22'];
const draft = (id: string, phone: string) => ({
  id,
  kind: 'client' as const,
  values: { phone },
  isPrivate: false,
});

it('of two changes that take their time neither is lost, and one that fails does not stop the next', async () => {
  const list = slot('session', 'list', z.array(z.number()));
  const add = (number: number) =>
    list.change(async (before) => {
      await Promise.resolve();
      if (number === 2) throw new Error('no');
      return [...(before ?? []), number];
    });
  const ends = await Promise.allSettled([add(1), add(2), add(3)]);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await list.read()).toEqual([1, 3]);
});

it('of two keystrokes in two drafts at once both are kept, sealed, and a draft that was sent is forgotten alone', async () => {
  await Promise.all([saveWritten(draft(first, '0425 11223')), saveWritten(draft(second, '0425 99887'))]);
  const phones = async () => (await listWritten()).map(({ values }) => values['phone']).toSorted();
  expect(await phones()).toEqual(['0425 11223', '0425 99887']);
  await saveWritten(draft(first, '0425 11224'));
  expect(await phones()).toEqual(['0425 11224', '0425 99887']);
  expect(JSON.stringify(await browser.storage.local.get())).not.toContain('0425');
  await deleteWritten(first);
  expect(await phones()).toEqual(['0425 99887']);
});

it('F12: a draft from a private window is in the list and never on disk', async () => {
  const local = JSON.stringify(await browser.storage.local.get());
  await saveWritten({ ...draft(first, '0425 77001'), isPrivate: true });
  expect(await listWritten()).toContainEqual({ ...draft(first, '0425 77001'), isPrivate: true });
  expect(JSON.stringify(await browser.storage.local.get())).toBe(local);
  await deleteWritten(first);
  expect((await listWritten()).map(({ id }) => id)).not.toContain(first);
});

it('a draft that an older version kept in plain base64 still opens', async () => {
  const { getRandomValues } = crypto;
  // Bytes for which the two alphabets differ.
  crypto.getRandomValues = (array) => (array instanceof Uint8Array ? array.fill(0xfb) : array);
  onTestFinished(() => {
    crypto.getRandomValues = getRandomValues;
  });
  await saveWritten(draft(first, '0425 11223'));
  const { written } = await browser.storage.local.get<{
    written: Record<string, { iv: string; sealed: string }>;
  }>('written');
  const kept = written[first];
  if (kept === undefined) throw new Error('no draft');
  const plain = (text: string): string => Buffer.from(text, 'base64url').toString('base64');
  expect(plain(kept.iv)).toContain('+');
  await browser.storage.local.set({
    written: { [first]: { ...kept, iv: plain(kept.iv), sealed: plain(kept.sealed) } },
  });
  expect(await listWritten()).toEqual([draft(first, '0425 11223')]);
});
