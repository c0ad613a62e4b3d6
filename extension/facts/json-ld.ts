import { readThings, type Structured } from './schema-org.ts';

const textMax = 256 * 1024;
const scriptsMax = 50;

/** Reads whom the page's JSON-LD is about; blocks that are too long or no JSON are passed over. */
export function readJsonLd(document: Document): Structured {
  const roots: unknown[] = [];
  let scripts = 0;
  for (const script of document.querySelectorAll('script[type]')) {
    if (!/^\s*application\/ld\+json\s*(?:;|$)/i.test(script.getAttribute('type') ?? '')) continue;
    scripts += 1;
    if (scripts > scriptsMax) break;
    const text = script.textContent ?? '';
    if (text.length > textMax) continue;
    try {
      roots.push(JSON.parse(text));
    } catch {
      // Not JSON: the page's own mistake, and nothing to read.
    }
  }
  // A document that stands in no window has no location.
  const hostname = (document.location as Location | null | undefined)?.hostname;
  return readThings(roots, 'json-ld', hostname ? { hostname } : {});
}
