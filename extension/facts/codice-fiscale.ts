import { parsePartitaIva } from './partita-iva.ts';

// Six letters, then digits that may be replaced by a letter (omocodia) around the month letter and the town code.
const shape = /^[A-Z]{6}[\dLMNPQRSTUV]{2}[ABCDEHLMPRST][\dLMNPQRSTUV]{2}[A-Z][\dLMNPQRSTUV]{3}[A-Z]$/;

// What each of 0-9 and A-Z counts in an odd place (first, third…); a digit counts like the letter of its rank.
const oddWeights = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** The Italian tax code that `text` is, in upper case and without spaces, or null if it is none. */
export function parseCodiceFiscale(text: string): string | null {
  if (text.length > 60) return null;
  const code = text.replace(/[\s.]/g, '').toUpperCase();
  if (/^\d/.test(code)) return parsePartitaIva(code);
  if (!shape.test(code)) return null;
  let sum = 0;
  for (let index = 0; index < 15; index += 1) {
    const unit = code.charCodeAt(index);
    const rank = unit < 65 ? unit - 48 : unit - 65;
    sum += index % 2 === 0 ? (oddWeights[rank] ?? 0) : rank;
  }
  return code.charCodeAt(15) === 65 + (sum % 26) ? code : null;
}
