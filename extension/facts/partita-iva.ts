/** The eleven digits of the Italian VAT number that `text` is, or null if it is none. */
export function parsePartitaIva(text: string): string | null {
  if (text.length > 60) return null;
  const digits = /^(?:IT)?(\d{11})$/i.exec(text.replace(/[\s.]/g, ''))?.[1];
  if (digits === undefined || /^0+$/.test(digits)) return null;
  let sum = 0;
  for (let index = 0; index < 11; index += 1) {
    const digit = Number(digits[index]);
    if (index % 2 === 0) sum += digit;
    else sum += digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0 ? digits : null;
}
