/** Where the clock is by which the console tells the time: the team's, not the machine's, which is often in UTC. */
export const timeZone = 'Europe/Rome';

/**
 * When a day begins there, in epoch milliseconds; null for what is no date.
 *
 * @param date `2026-11-20`
 * @param daysLater so many days after it
 */
export function dayStartMs(date: string | null, daysLater = 0): number | null {
  if (date === null || !/^\d{4}-\d{2}-\d{2}$/.test(date)) return null;
  const utcMs = Date.parse(`${date}T00:00:00Z`) + daysLater * 86_400_000;
  if (Number.isNaN(utcMs)) return null;
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(utcMs);
  const [, sign = '+', hours = '0', minutes = '0'] =
    /GMT([+-])(\d+):(\d+)/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '') ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '+' ? utcMs - offsetMs : utcMs + offsetMs;
}
