import type { FactKind } from '../../shared/fact-kind.ts';
import { parseCodiceFiscale } from './codice-fiscale.ts';
import { parseEuVat } from './eu-vat.ts';
import { parseIban } from './iban.ts';
import { parsePartitaIva } from './partita-iva.ts';
import { parseSdiCode } from './sdi-code.ts';

const lengthMax = 200;

// The European Union, its neighbours that Italy trades with, and the United States; then names that CLDR does not use.
const countryCodes =
  'IT,AT,BE,BG,CH,CY,CZ,DE,DK,EE,ES,FI,FR,GB,GR,HR,HU,IE,LT,LU,LV,MT,NL,PL,PT,RO,SE,SI,SK,SM,US'.split(',');
const aliases: Record<string, string> = {
  uk: 'GB',
  'gran bretagna': 'GB',
  'great britain': 'GB',
  usa: 'US',
  "stati uniti d'america": 'US',
  'united states of america': 'US',
  olanda: 'NL',
  'czech republic': 'CZ',
  'repubblica ceca': 'CZ',
};

/** The ISO 3166-1 alpha-2 code of the country that `line` names in Italian or English or by its code, or null. */
function countryOf(line: string): string | null {
  const name = comparable(line);
  if (Object.hasOwn(aliases, name)) return aliases[name] ?? null;
  if (name.length === 2) return countryCodes.find((code) => code === name.toUpperCase()) ?? null;
  for (const language of ['it', 'en']) {
    const names = new Intl.DisplayNames(language, { type: 'region' });
    const code = countryCodes.find((one) => comparable(names.of(one) ?? '') === name);
    if (code !== undefined) return code;
  }
  return null;
}

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
    case 'eu-vat':
      return parseEuVat(line);
    case 'sdi-code':
      return parseSdiCode(line);
    case 'iban':
      return parseIban(line);
    case 'pec':
    case 'e-mail':
      return emailOf(line);
    case 'phone':
      return /^(?:tel:)?[+(\d][\d\s().\-/+]{3,29}$/i.test(line) ? line.replace(/^tel:\s*/i, '') : null;
    case 'postal-code':
      return /^[a-z\d][a-z\d\s-]{1,11}$/i.test(line) ? line : null;
    case 'province':
      return line.length > 60 ? null : line;
    case 'country':
      return countryOf(line);
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
