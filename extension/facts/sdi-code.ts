/**
 * The address of an invoice at the Italian exchange (codice destinatario, codice univoco ufficio) that `text` is, in
 * upper case, or null if it is none: seven characters for businesses, six for public offices.
 *
 * `0000000` (nobody's in particular) and `XXXXXXX` (abroad) are codes as well. Letters alone must be written as capitals:
 * a word of everyday language is no code.
 */
export function parseSdiCode(text: string): string | null {
  if (text.length > 60) return null;
  const code = text.replace(/\s/g, '');
  if (!/^[a-z\d]{6,7}$/i.test(code)) return null;
  if (!/\d/.test(code) && code !== code.toUpperCase()) return null;
  return code.toUpperCase();
}
