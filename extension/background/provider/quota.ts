import { z } from 'zod';
import { Failure } from '../../../shared/failure.ts';
import { slot } from '../../storage.ts';

const Known = z.object({
  /** Calls left in this hour for the company and this app; null until the provider has said. */
  hourlyLeft: z.int().nullable(),
  /** The provider wants to be left alone until then, epoch milliseconds. */
  blockedUntilMs: z.number(),
});

/** What the provider last said of its quota, by company id. */
const quotas = slot('session', 'quotas', z.record(z.string(), Known), 'team');

/** Longest pause that is believed, in seconds: to the end of a month. */
const pauseMax = 2_678_400;

const companyOf = (path: string): string | null => /^\/c\/(\d+)\//.exec(path)?.[1] ?? null;

const wholeNumber = (text: string | null): number | null =>
  text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;

/**
 * Refuses a call that the provider has already said it would refuse.
 *
 * @throws Failure `quota` with the seconds that are left
 */
export async function refuseEarly(path: string): Promise<void> {
  const company = companyOf(path);
  if (company === null) return;
  const leftMs = ((await quotas.read())?.[company]?.blockedUntilMs ?? 0) - Date.now();
  if (leftMs > 0) throw new Failure('quota', { retryAfterSeconds: Math.ceil(leftMs / 1000) });
}

/** Takes in what an answer says of the quota (`RateLimit-*`, `Retry-After`). */
export async function noteQuota(path: string, { status, headers }: Response): Promise<void> {
  const company = companyOf(path);
  if (company === null) return;
  const left = wholeNumber(headers.get('RateLimit-HourlyRemaining'));
  const pause = status === 403 || status === 429 ? wholeNumber(headers.get('Retry-After')) : null;
  if (left === null && pause === null) return;
  await quotas.change((all) => {
    const known = all?.[company] ?? { hourlyLeft: null, blockedUntilMs: 0 };
    const blockedUntilMs =
      pause === null ? known.blockedUntilMs : Date.now() + Math.min(pause, pauseMax) * 1000;
    return { ...all, [company]: { hourlyLeft: left ?? known.hourlyLeft, blockedUntilMs } };
  });
}

/** Calls left in this hour for a company; null until the provider has said. */
export async function hourlyLeft(companyId: number): Promise<number | null> {
  return (await quotas.read())?.[String(companyId)]?.hourlyLeft ?? null;
}
