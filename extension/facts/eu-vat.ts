/** Digits of a text as numbers. */
const digitsOf = (text: string): number[] => Array.from(text, Number);

const weighted = (digits: readonly number[], weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * (digits[index] ?? 0), 0);

/** Of 10 and above the sum of its digits. */
const crossSum = (value: number): number => (value > 9 ? value - 9 : value);

/** The check digit to a sum, mod 11, with 0 in the place of what is no digit. */
const check11 = (sum: number): number => {
  const check = 11 - (sum % 11);
  return check > 9 ? 0 : check;
};

/** ISO 7064 mod 11-10. */
function isMod1110(digits: readonly number[]): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (digit + product) % 10 || 10;
    product = (2 * sum) % 11;
  }
  return (11 - product) % 10 === digits.at(-1);
}

/**
 * What follows the country's prefix, and how its check digits are computed where it has simple ones.
 *
 * Shapes are those of the European Commission's list for VIES. Italy stands apart: its numbers are `partita-iva`.
 */
const countries: Readonly<Record<string, readonly [shape: RegExp, check?: (number: string) => boolean]>> = {
  AT: [
    /^U\d{8}$/,
    (text) => {
      const digits = digitsOf(text.slice(1));
      const sum = digits
        .slice(0, 7)
        .reduce((all, digit, index) => all + (index % 2 === 0 ? digit : crossSum(digit * 2)), 0);
      return (96 - sum) % 10 === digits[7];
    },
  ],
  BE: [/^(?:0[1-9]|1\d)\d{8}$/, (text) => 97 - (Number(text.slice(0, 8)) % 97) === Number(text.slice(8))],
  BG: [/^\d{9,10}$/],
  CY: [/^\d{8}[A-Z]$/],
  CZ: [/^\d{8,10}$/],
  DE: [/^[1-9]\d{8}$/, (text) => isMod1110(digitsOf(text))],
  DK: [/^[1-9]\d{7}$/, (text) => weighted(digitsOf(text), [2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0],
  EE: [/^10\d{7}$/, (text) => weighted(digitsOf(text), [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0],
  EL: [/^\d{9}$/],
  ES: [/^[A-Z\d]\d{7}[A-Z\d]$/],
  FI: [/^\d{8}$/, (text) => check11(weighted(digitsOf(text), [7, 9, 10, 5, 8, 4, 2])) === Number(text[7])],
  FR: [
    /^[A-HJ-NP-Z\d]{2}\d{9}$/,
    (text) =>
      !/^\d{2}/.test(text) || (12 + 3 * (Number(text.slice(2)) % 97)) % 97 === Number(text.slice(0, 2)),
  ],
  HR: [/^\d{11}$/, (text) => isMod1110(digitsOf(text))],
  HU: [/^\d{8}$/, (text) => weighted(digitsOf(text), [9, 7, 3, 1, 9, 7, 3, 1]) % 10 === 0],
  IE: [/^(?:\d{7}[A-W][A-IW]?|\d[A-Z+*]\d{5}[A-W])$/],
  LT: [/^(?:\d{9}|\d{12})$/],
  LU: [/^\d{8}$/, (text) => Number(text.slice(0, 6)) % 89 === Number(text.slice(6))],
  LV: [/^\d{11}$/],
  MT: [/^[1-9]\d{7}$/],
  NL: [/^\d{9}B\d{2}$/],
  PL: [
    /^\d{10}$/,
    (text) => (weighted(digitsOf(text), [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11) % 10 === Number(text[9]),
  ],
  PT: [
    /^[1-9]\d{8}$/,
    (text) => check11(weighted(digitsOf(text), [9, 8, 7, 6, 5, 4, 3, 2])) === Number(text[8]),
  ],
  RO: [/^[1-9]\d{1,9}$/],
  SE: [/^\d{10}01$/],
  SI: [/^[1-9]\d{7}$/],
  SK: [/^[1-9]\d[2-47-9]\d{7}$/, (text) => Number(text) % 11 === 0],
};

/** The VAT number of another country of the Union that `text` is, with its prefix and without spaces, or null if it is none. */
export function parseEuVat(text: string): string | null {
  if (text.length > 60) return null;
  const number = text
    .replace(/[\s.-]/g, '')
    .toUpperCase()
    .replace(/^GR/, 'EL');
  const country = number.slice(0, 2);
  if (!Object.hasOwn(countries, country)) return null;
  const [shape, check] = countries[country] ?? [];
  const rest = number.slice(2);
  return shape?.test(rest) === true && (check?.(rest) ?? true) ? number : null;
}
