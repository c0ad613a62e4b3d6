/** Length of an IBAN in each country of the euro area's payments (ISO 13616 registry). */
const lengths: Readonly<Record<string, number>> = {
  AD: 24,
  AT: 20,
  BE: 16,
  BG: 22,
  CH: 21,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  EE: 20,
  ES: 24,
  FI: 18,
  FR: 27,
  GB: 22,
  GI: 23,
  GR: 27,
  HR: 21,
  HU: 28,
  IE: 22,
  IS: 26,
  IT: 27,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MT: 31,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  VA: 22,
};

/** The IBAN that `text` is, in upper case and without spaces, or null if it is none (ISO 7064 mod 97-10). */
export function parseIban(text: string): string | null {
  if (text.length > 60) return null;
  const iban = text.replace(/[\s.-]/g, '').toUpperCase();
  const country = /^([A-Z]{2})\d{2}[A-Z\d]+$/.exec(iban)?.[1];
  if (country === undefined || !Object.hasOwn(lengths, country) || iban.length !== lengths[country])
    return null;
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1 ? iban : null;
}
