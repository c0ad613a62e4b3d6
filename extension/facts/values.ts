import type { FactKind } from '../../shared/fact.ts';
import { parseCodiceFiscale } from './codice-fiscale.ts';
import { parsePartitaIva } from './partita-iva.ts';

const lengthMax = 200;

const countries: Record<string, string> = {
  italia: 'IT',
  italy: 'IT',
  'san marino': 'SM',
  francia: 'FR',
  france: 'FR',
  germania: 'DE',
  germany: 'DE',
  austria: 'AT',
  spagna: 'ES',
  spain: 'ES',
  svizzera: 'CH',
  switzerland: 'CH',
};
const countryCodes = new Set(Object.values(countries));

/** `value` as one trimmed line without control characters, at most 200 long; null if nothing is left. */
export function lineOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const line = String(value)
    .slice(0, 4_000)
    .replace(/\s+/g, ' ')
    .replace(/\p{C}/gu, '')
    .trim()
    .slice(0, lengthMax)
    .replace(/\p{Cs}/gu, '') // half of a character that the cut went through
    .trim();
  return line === '' ? null : line;
}

/** `text` as two values are compared: without regard to case, kind of apostrophe or width of spaces. */
export function comparable(text: string): string {
  return text.replace(/[’‘ʼ]/g, "'").replace(/\s+/g, ' ').trim().toLowerCase();
}

/** The e-mail address that `line` is, or null; a `mailto:` before it is let go. */
function emailOf(line: string): string | null {
  const address = line.replace(/^mailto:/i, '').replace(/\?.*$/, '');
  if (address.length >= lengthMax) return null; // perhaps cut, so not the address that was on the page
  return /^(?:[\w'+-]+\.)*[\w'+-]*[\w+-]@(?:[a-z\d][a-z\d-]*\.)+[a-z]{2,}$/i.test(address) ? address : null;
}

/** `value` as a fact of `kind` holds it, or null if it cannot be one. */
export function factValue(kind: FactKind, value: unknown): string | null {
  const line = lineOf(value);
  if (line === null) return null;
  switch (kind) {
    case 'partita-iva':
      return parsePartitaIva(line);
    case 'codice-fiscale':
      return parseCodiceFiscale(line);
    case 'e-mail':
      return emailOf(line);
    case 'phone':
      return /^(?:tel:)?[+(\d][\d\s().\-/+]{3,29}$/i.test(line) ? line.replace(/^tel:\s*/i, '') : null;
    case 'postal-code':
      return /^[a-z\d][a-z\d\s-]{1,11}$/i.test(line) ? line : null;
    case 'province':
      return line.length > 60 ? null : line;
    case 'country': {
      const key = comparable(line);
      const known = Object.hasOwn(countries, key) ? countries[key] : undefined;
      if (known !== undefined) return known;
      const code = line.toUpperCase();
      return countryCodes.has(code) ? code : null;
    }
    default:
      return line;
  }
}

/** An address written in one line, taken apart as far as the Italian form ("Via…, 00000 Città (XX)") allows. */
export function addressParts(value: unknown): Array<readonly [FactKind, string]> {
  const line = lineOf(value);
  if (line === null) return [];
  const parts = /^(.+?)[,\s–-]+(\d{5})\s+([^\d(,]+?)(?:[\s,]+\(?([A-Z]{2})\)?)?(?:\s*[,–-]\s*(\D+))?$/.exec(
    line,
  );
  if (parts === null) return [['street', line]];
  const [, street, postalCode, city, province, country] = parts;
  const kinds = ['street', 'postal-code', 'city', 'province', 'country'] as const;
  return [street, postalCode, city, province, country].flatMap((part, index) => {
    const kind = kinds[index];
    return part === undefined || kind === undefined ? [] : [[kind, part] as const];
  });
}
