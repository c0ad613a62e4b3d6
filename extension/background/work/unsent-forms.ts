import { z } from 'zod';
import { WrittenDraft } from '../../../shared/view/fatture-in-cloud.ts';
import { slot } from '../../storage.ts';
import { decodeBase64Url, encodeBase64Url } from '../wire/base64url.ts';
import { draftKey } from '../wire/key.ts';

const Sealed = z.object({
  /** 96 random bits, base64url; plain base64 where an older version wrote it. */
  iv: z.string(),
  sealed: z.string(),
  changedAtMs: z.number(),
});

const Drafts = z.record(z.string(), Sealed);

/** What members have begun to write, by id. On disk, so sealed: it names people. */
const drafts = slot('local', 'written', Drafts);

/** The same from private windows. */
const privateDrafts = slot('session', 'written', Drafts);

/** Most drafts that are kept; the one that was touched longest ago goes first. */
const draftsMax = 50;

type All = Record<string, z.infer<typeof Sealed>>;

const newestFirst = (all: All): Array<[string, All[string]]> =>
  Object.entries(all).toSorted(([, a], [, b]) => b.changedAtMs - a.changedAtMs);

/** Keeps a draft as it is now. */
export async function saveWritten({ id, kind, values, isPrivate }: WrittenDraft): Promise<void> {
  await (isPrivate ? privateDrafts : drafts).change(async (all) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(
      // A draft that is moved under another id does not open.
      { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(id) },
      await draftKey(),
      new TextEncoder().encode(JSON.stringify({ kind, values })),
    );
    const saved = {
      iv: encodeBase64Url(iv),
      sealed: encodeBase64Url(new Uint8Array(sealed)),
      changedAtMs: Date.now(),
    };
    return Object.fromEntries(newestFirst({ ...all, [id]: saved }).slice(0, draftsMax));
  });
}

/** Forgets a draft. */
export async function deleteWritten(id: string): Promise<void> {
  for (const kept of [drafts, privateDrafts]) {
    await kept.change((all) => {
      const { [id]: _, ...others } = all ?? {};
      return others;
    });
  }
}

/** All drafts, the one that was touched last first. One that does not open any more is left out. */
export async function listWritten(): Promise<WrittenDraft[]> {
  const inMemory = (await privateDrafts.read()) ?? {};
  const all = { ...(await drafts.read()), ...inMemory };
  const opened = await Promise.all(
    newestFirst(all).map(async ([id, { iv, sealed }]): Promise<WrittenDraft[]> => {
      try {
        const text = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: decodeBase64Url(iv), additionalData: new TextEncoder().encode(id) },
          await draftKey(),
          decodeBase64Url(sealed),
        );
        const said: unknown = JSON.parse(new TextDecoder().decode(text));
        return [WrittenDraft.parse({ ...Object(said), id, isPrivate: id in inMemory })];
      } catch {
        return [];
      }
    }),
  );
  return opened.flat();
}
