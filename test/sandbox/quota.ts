import type { Call, SandboxState } from './state.ts';

/** What the quota says of one call: the headers of an ordinary answer, or why there is none. */
export type QuotaVerdict =
  { refusal: null; headers: Record<string, string> } | { refusal: { status: 403 | 429; retryAfter: number } };

const shortWindowMs = 300_000;
const hourMs = 3_600_000;

/**
 * Counts a call and judges it. The short window slides and is the company's, shared by all apps (429); the hour and
 * the month are fixed and belong to company and app together (403). A refused call is not counted.
 */
export function countCall(state: SandboxState, call: Call): QuotaVerdict {
  const { shortCalls, hourlyCalls, monthlyCalls } = state.limits;
  const { atMs: nowMs, companyId, clientId } = call;
  const ofCompany = state.calls.filter((past) => past.companyId === companyId);
  const ofApp = ofCompany.filter((past) => past.clientId === clientId);
  const date = new Date(nowMs);
  const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const nextMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  const hour = Math.floor(nowMs / hourMs) * hourMs;
  const thisMonth = ofApp.filter(({ atMs }) => atMs >= month).length;
  const thisHour = ofApp.filter(({ atMs }) => atMs >= hour).length;
  const recent = ofCompany.filter(({ atMs }) => atMs > nowMs - shortWindowMs);
  const refuse = (status: 403 | 429, untilMs: number): QuotaVerdict => ({
    refusal: { status, retryAfter: Math.max(Math.ceil((untilMs - nowMs) / 1000), 1) },
  });
  if (thisMonth >= monthlyCalls) return refuse(403, nextMonth);
  if (thisHour >= hourlyCalls) return refuse(403, hour + hourMs);
  if (recent.length >= shortCalls) {
    // The window has room again when enough of the oldest calls have slid out of it.
    const blocking = recent[recent.length - shortCalls];
    return refuse(429, (blocking?.atMs ?? nowMs) + shortWindowMs);
  }
  state.calls.push(call);
  return {
    refusal: null,
    headers: {
      'RateLimit-HourlyLimit': String(hourlyCalls),
      'RateLimit-HourlyRemaining': String(hourlyCalls - thisHour - 1),
      'RateLimit-MonthlyLimit': String(monthlyCalls),
      'RateLimit-MonthlyRemaining': String(monthlyCalls - thisMonth - 1),
    },
  };
}
