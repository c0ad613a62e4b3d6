import { z } from 'zod';
import { WrittenDraft } from '../../shared/view/fatture-in-cloud.ts';
import { slot } from '../storage.ts';
import { draftKey } from './key.ts';

const Sealed = z.object({
  /** 96 random bits, base64. */
  iv: z.string(),
  sealed: z.string(),
  changedAtMs: z.number(),
});

/** What members have begun to write, by id. On disk, so sealed: it names people. */
const drafts = slot('local', 'written', z.record(z.string(), Sealed));

/** Most drafts that are kept; the one that was touched longest ago goes first. */
const draftsMax = 50;

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** One change after the other: of two keystrokes the second must not be lost. */
let changing: Promise<unknown> = Promise.resolve();

function change(how: (all: Record<string, z.infer<typeof Sealed>>) => Promise<void>): Promise<void> {
  const done = changing.then(async () => {
    const all = (await drafts.read()) ?? {};
    await how(all);
    const kept = Object.entries(all).toSorted(([, a], [, b]) => b.changedAtMs - a.changedAtMs);
    await drafts.write(Object.fromEntries(kept.slice(0, draftsMax)));
  });
  changing = done.catch(() => undefined);
  return done;
}

/** Keeps a draft as it is now. */
export function saveWritten({ id, kind, values }: WrittenDraft): Promise<void> {
  return change(async (all) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(
      // A draft that is moved under another id does not open.
      { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(id) },
      await draftKey(),
      new TextEncoder().encode(JSON.stringify({ kind, values })),
    );
    all[id] = { iv: toBase64(iv), sealed: toBase64(new Uint8Array(sealed)), changedAtMs: Date.now() };
  });
}

/** Forgets a draft. */
export const deleteWritten = (id: string): Promise<void> =>
  change(async (all) => {
    delete all[id];
  });

/** All drafts, the one that was touched last first. One that does not open any more is left out. */
export async function listWritten(): Promise<WrittenDraft[]> {
  const all = Object.entries((await drafts.read()) ?? {}).toSorted(
    ([, a], [, b]) => b.changedAtMs - a.changedAtMs,
  );
  const opened = await Promise.all(
    all.map(async ([id, { iv, sealed }]): Promise<WrittenDraft[]> => {
      try {
        const text = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: fromBase64(iv), additionalData: new TextEncoder().encode(id) },
          await draftKey(),
          fromBase64(sealed),
        );
        const said: unknown = JSON.parse(new TextDecoder().decode(text));
        return [WrittenDraft.parse({ ...Object(said), id })];
      } catch {
        return [];
      }
    }),
  );
  return opened.flat();
}
