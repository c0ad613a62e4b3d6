import { z } from 'zod';
import type { VatStanding } from '../../shared/api/vat-numbers.ts';
import { readUpTo } from './bounded-stream.ts';
import { parseJson } from './parse-json.ts';

const Answer = z.object({ isValid: z.boolean(), userError: z.string() });

/** Longest time that VIES may take, in milliseconds; it asks a member state in between. */
const timeoutMs = 8_000;

/** Largest answer that is read, in bytes. */
const answerMax = 64 * 1024;

/** How long a clear answer is believed, in milliseconds, and how many are kept. */
const kept = { forMs: 3_600_000, most: 1_000 };

/** Asks VIES; a register that does not answer is no reason to call a number wrong. */
export interface Vies {
  check(number: string): Promise<VatStanding>;
}

/**
 * Creates the way to VIES at `url`.
 *
 * Only an answer that says so in VIES's own words (`VALID`, `INVALID`) counts; a member state that is away, a limit, an error
 * page or silence are `unknown`.
 */
export function createVies(url: string, now: () => number): Vies {
  const known = new Map<string, { standing: VatStanding; untilMs: number }>();
  return {
    async check(number) {
      const before = known.get(number);
      if (before !== undefined && before.untilMs > now()) return before.standing;
      const standing = await ask(url, number);
      if (standing === 'unknown') return standing;
      known.delete(number);
      known.set(number, { standing, untilMs: now() + kept.forMs });
      const [oldest] = known.keys();
      if (known.size > kept.most && oldest !== undefined) known.delete(oldest);
      return standing;
    },
  };
}

async function ask(url: string, number: string): Promise<VatStanding> {
  try {
    const path = `/ms/${number.slice(0, 2)}/vat/${encodeURIComponent(number.slice(2))}`;
    const response = await fetch(url + path, {
      headers: { Accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = Answer.safeParse(parseJson(await readUpTo(response, answerMax))).data;
    if (!response.ok || answer === undefined) return 'unknown';
    if (answer.isValid && answer.userError === 'VALID') return 'valid';
    return !answer.isValid && answer.userError === 'INVALID' ? 'not-valid' : 'unknown';
  } catch {
    return 'unknown';
  }
}
