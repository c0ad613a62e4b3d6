import { Failure } from '../../../shared/failure.ts';
import type { Attachment } from '../../actions/fic.expense.create.ts';
import { isSiteEnabled } from '../site/sites.ts';

/** Largest file that is taken over, in bytes. */
const fileMax = 20 * 1024 * 1024;

/** Longest time that a site may take to give it, in milliseconds. */
const fileTimeoutMs = 25_000;

/**
 * The PDF that a page of an enabled site links to, read as the member who is logged in there.
 *
 * @throws Failure `site-not-allowed`, also where the site sends us on to one that is not enabled · `request-invalid` with `link` where there is no PDF of a fair size
 */
export async function readPdf(link: string): Promise<Attachment> {
  const url = new URL(link);
  if (!(await isSiteEnabled(url.origin))) throw new Failure('site-not-allowed');
  try {
    const response = await fetch(link, {
      credentials: 'include',
      signal: AbortSignal.timeout(fileTimeoutMs),
    });
    // The host may be one that we can read for another reason: the relay's, or the provider's.
    if (!(await isSiteEnabled(new URL(response.url).origin))) {
      await response.body?.cancel();
      throw new Failure('site-not-allowed');
    }
    const file = response.ok ? await readUpTo(response, fileMax) : null;
    const isPdf = file !== null && (await file.slice(0, 5).text()) === '%PDF-';
    if (!isPdf) throw new Failure('request-invalid', { fields: ['link'] });
    return { name: nameOf(url), file };
  } catch (error) {
    throw error instanceof Failure
      ? error
      : new Failure('request-invalid', { fields: ['link'], cause: error });
  }
}

/** The body; null where it is larger than `most` bytes. It is not read further than that. */
async function readUpTo(response: Response, most: number): Promise<Blob | null> {
  const reader = response.body?.getReader();
  const parts: Array<Uint8Array<ArrayBuffer>> = [];
  let size = 0;
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) return new Blob(parts, { type: 'application/pdf' });
    size += part.value.length;
    if (size > most) {
      await reader?.cancel();
      return null;
    }
    parts.push(part.value);
  }
}

/** The file's name in the address, of harmless characters, with the extension that the provider asks for. */
function nameOf({ pathname }: URL): string {
  const last = /[^/]*$/.exec(pathname)?.[0] ?? '';
  const name = last.replace(/\.pdf$/i, '').replaceAll(/[^A-Za-z0-9_-]+/g, '-');
  return `${name.slice(0, 80) || 'documento'}.pdf`;
}
