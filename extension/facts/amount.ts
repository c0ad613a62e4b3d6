const symbols: Readonly<Record<string, string>> = { '€': 'EUR', $: 'USD', '£': 'GBP', CHF: 'CHF' };

/** The currency that a text names (ISO 4217), or null. */
export function currencyIn(text: string): string | null {
  for (const [symbol, code] of Object.entries(symbols)) if (text.includes(symbol)) return code;
  const code = /\b(EUR|USD|GBP|CHF)\b/i.exec(text)?.[1]?.toUpperCase();
  return code ?? null;
}

/**
 * The amount that `text` shows, in hundred-thousandths of the unit so that unit prices with five decimals stay whole; null
 * if it shows none, or several.
 *
 * `1.234,56`, `1,234.56`, `1 234,56` and `1'234.56` are the same. A single separator with three digits after it groups
 * thousands, as it is written in Italy.
 */
export function parseAmount(text: string): number | null {
  if (text.length > 60) return null;
  const numbers = text.match(/\d[\d.,'’\s\u00a0\u202f]*/g);
  if (numbers === null || numbers.length !== 1) return null;
  const written = (numbers[0] ?? '').replace(/[\s\u00a0\u202f'’]/g, '').replace(/[.,]$/, '');
  const decimal = decimalOf(written);
  const at = decimal === null ? written.length : written.lastIndexOf(decimal);
  const whole = written.slice(0, at).replace(/[.,]/g, '');
  const fraction = written.slice(at + 1);
  if (!/^\d{1,12}$/.test(whole) || !/^\d{0,5}$/.test(fraction)) return null;
  const isNegative = /[-−–]\s*[€$£]?\s*\d/.test(text);
  const value = Number(whole) * 100_000 + Number(fraction.padEnd(5, '0'));
  return isNegative ? -value : value;
}

/** The sign before the decimals; null where there are none. */
function decimalOf(written: string): '.' | ',' | null {
  const signs = written.replace(/[^.,]/g, '').split('');
  const last = signs.at(-1);
  if (last !== '.' && last !== ',') return null;
  const isMixed = signs.some((sign) => sign !== last);
  if (isMixed) return last;
  if (signs.length > 1) return null;
  return /[.,]\d{3}$/.test(written) ? null : last;
}
