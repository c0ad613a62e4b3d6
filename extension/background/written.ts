import { z } from 'zod';
import { Customer } from '../../shared/fact.ts';
import { Failure } from '../../shared/failure.ts';
import { WrittenClient, type WrittenDraft } from '../../shared/view/fatture-in-cloud.ts';
import { parseCodiceFiscale } from '../facts/codice-fiscale.ts';
import { parseEuVat } from '../facts/eu-vat.ts';
import { parsePartitaIva } from '../facts/partita-iva.ts';
import { parseSdiCode } from '../facts/sdi-code.ts';
import { slot } from '../storage.ts';
import { callForCompany } from './account.ts';
import { addClient } from './clients.ts';
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
export function saveWritten(id: string, client: WrittenClient): Promise<void> {
  return change(async (all) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(
      // A draft that is moved under another id does not open.
      { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(id) },
      await draftKey(),
      new TextEncoder().encode(JSON.stringify(client)),
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
        const client = WrittenClient.parse(JSON.parse(new TextDecoder().decode(text)));
        return [{ id, client }];
      } catch {
        return [];
      }
    }),
  );
  return opened.flat();
}

/**
 * Makes the client of a draft, once for the whole team, and forgets the draft.
 *
 * @throws Failure `request-invalid` with the fields that cannot be sent as they are; the draft stays
 */
export async function sendWritten(
  id: string,
): Promise<{ created: boolean; companyName: string; name: string }> {
  const draft = (await listWritten()).find((one) => one.id === id);
  if (draft === undefined) throw new Failure('draft-gone');
  const customer = customerOf(draft.client);
  const { call, company } = await callForCompany('fic.client.create');
  const { client, created } = await addClient(call, company.id, customer);
  await deleteWritten(id);
  return { created, companyName: company.name, name: client.name ?? customer.name };
}

/** What was written, checked: identifiers by their check digits, everything by its form. */
function customerOf(written: WrittenClient): Customer {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(written)) {
    if (value.trim() !== '') fields[name] = value.trim();
  }
  // What is none becomes empty, which the schema below refuses.
  const check = (name: string, parse: (text: string) => string | null): void => {
    const value = fields[name];
    if (value !== undefined) fields[name] = parse(value.toUpperCase()) ?? '';
  };
  const foreign = parseEuVat(fields['vatNumber'] ?? '');
  if (foreign === null) check('vatNumber', parsePartitaIva);
  else {
    delete fields['vatNumber'];
    fields['euVatNumber'] = foreign;
  }
  check('taxCode', parseCodiceFiscale);
  check('sdiCode', parseSdiCode);
  check('countryCode', (text) => text);
  const customer = Customer.safeParse(fields);
  if (customer.success) return customer.data;
  const names = customer.error.issues.map(({ path }) => String(path[0] ?? ''));
  throw new Failure('request-invalid', { fields: [...new Set(names)] });
}
