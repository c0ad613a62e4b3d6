import { Failure } from '../shared/failure.ts';
import type { Provider, Quota } from '../shared/provider.ts';

/** One call that is about to be made. */
interface QuotaCall {
  /** Below the provider's origin; a company's calls carry its id. */
  path: string;
  memberId: string;
  /** Nobody waits for it. */
  isBackground: boolean;
}

/** A call that may be made. */
interface Turn {
  /** Takes what the provider's answer says of the quota. */
  learn(status: number, headers: { get(name: string): string | null }): void;
}

/**
 * Keeps brokered calls within the provider's quotas, before the provider has to refuse them.
 *
 * Counted by company in this process, and corrected by what the provider says is left: calls of other instances, of the
 * extension itself and of the team's other software are seen through that.
 */
export interface Quotas {
  /**
   * Counts one call.
   *
   * @throws Failure `quota`, with the seconds until there is room
   */
  enter(provider: Provider, call: QuotaCall): Turn;
}

/** Part of a quota that one member may use: the rest is there for colleagues. */
const memberShare = 0.8;

/** Part of a quota that calls may use for which nobody waits. */
const backgroundShare = 0.7;

/** How many companies are remembered; the one that has been quiet longest is forgotten first. */
const companiesMax = 10_000;

/** A quota's window for one company. */
interface Window {
  quota: Quota;
  startMs: number;
  used: number;
  /** Calls of the window before; a sliding window counts the part of them that has not slid out. */
  usedBefore: number;
  byMember: Map<string, number>;
}

interface Company {
  windows: Window[];
  /** The provider wants to be left alone until then, epoch milliseconds. */
  blockedUntilMs: number;
}

/** Creates quotas; `now` is epoch milliseconds. */
export function createQuotas(now: () => number): Quotas {
  const companies = new Map<string, Company>();

  const companyOf = (provider: Provider, path: string): Company | null => {
    const id = /^\/c\/(\d+)\//.exec(path)?.[1];
    if (id === undefined) return null;
    const key = `${provider.id}/${id}`;
    const known = companies.get(key) ?? {
      windows: provider.quotas.map((quota): Window => ({
        quota,
        startMs: 0,
        used: 0,
        usedBefore: 0,
        byMember: new Map(),
      })),
      blockedUntilMs: 0,
    };
    companies.delete(key);
    companies.set(key, known);
    if (companies.size > companiesMax) companies.delete(companies.keys().next().value ?? '');
    return known;
  };

  return {
    enter(provider, { path, memberId, isBackground }) {
      const company = companyOf(provider, path);
      if (company === null) return { learn: () => undefined };
      const nowMs = now();
      if (company.blockedUntilMs > nowMs) throw refuse(company.blockedUntilMs - nowMs);
      for (const window of company.windows) {
        turn(window, nowMs);
        const { calls, perSeconds } = window.quota;
        const used = usedIn(window, nowMs);
        const own = window.byMember.get(memberId) ?? 0;
        const isFull = used >= calls * (isBackground ? backgroundShare : 1) || own >= calls * memberShare;
        if (isFull) throw refuse(window.startMs + perSeconds * 1000 - nowMs);
      }
      for (const window of company.windows) {
        window.used += 1;
        window.byMember.set(memberId, (window.byMember.get(memberId) ?? 0) + 1);
      }
      return {
        learn(status, headers) {
          for (const window of company.windows) {
            const { remainingHeader, calls, refusal } = window.quota;
            const left =
              remainingHeader === null ? Number.NaN : Number(headers.get(remainingHeader) ?? Number.NaN);
            if (Number.isInteger(left) && left >= 0 && left <= calls) window.used = calls - left;
            const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
            if (status === refusal && Number.isInteger(seconds) && seconds > 0) {
              company.blockedUntilMs = Math.max(
                company.blockedUntilMs,
                now() + Math.min(seconds, 2_678_400) * 1000,
              );
            }
          }
        },
      };
    },
  };
}

const refuse = (leftMs: number): Failure =>
  new Failure('quota', { retryAfterSeconds: Math.max(Math.ceil(leftMs / 1000), 1) });

/** Begins a new window where the old one is over. */
function turn(window: Window, nowMs: number): void {
  const lengthMs = window.quota.perSeconds * 1000;
  const startMs = Math.floor(nowMs / lengthMs) * lengthMs;
  if (startMs === window.startMs) return;
  window.usedBefore = startMs - window.startMs === lengthMs ? window.used : 0;
  window.startMs = startMs;
  window.used = 0;
  window.byMember.clear();
}

function usedIn({ quota, startMs, used, usedBefore }: Window, nowMs: number): number {
  if (quota.window === 'fixed') return used;
  // As if the calls of the window before had come evenly.
  return used + usedBefore * (1 - (nowMs - startMs) / (quota.perSeconds * 1000));
}
