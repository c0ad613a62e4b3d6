import { Failure } from '../../shared/failure.ts';
import type { Provider, Quota } from '../../shared/provider.ts';

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

/** What is used of one quota. */
export interface UsedQuota {
  providerId: string;
  /** Null where the quota is the whole account's. */
  companyId: string | null;
  /** Calls that may be made, and how many were, in so many seconds. */
  calls: number;
  used: number;
  perSeconds: number;
}

/**
 * Keeps brokered calls within the provider's quotas, before the provider has to refuse them.
 *
 * Counted by company in this process, and corrected by what the provider says is left: calls of other instances, of the
 * extension itself and of the team's other software are seen through that.
 */
export interface Quotas {
  /**
   * Counts one call. Where there is room again within seconds, the call waits its turn.
   *
   * @throws Failure `quota`, with the seconds until there is room
   */
  enter(provider: Provider, call: QuotaCall): Promise<Turn>;
  /** What is used of each quota of each account that was called lately, as this process knows it. */
  used(): UsedQuota[];
  /** Whether a pause that the provider asked for is short enough to be waited for. */
  hasRoomSoon(provider: Provider, path: string): boolean;
}

/** Part of a quota that one member may use: the rest is there for colleagues. */
const memberShare = 0.8;

/** Part of a quota that calls may use for which nobody waits. */
const backgroundShare = 0.7;

/** How many accounts are remembered; the one that has been quiet longest is forgotten first. */
const accountsMax = 10_000;

/** How long a call waits for its turn at most, in milliseconds. */
const queueMs = 5_000;

/** Longest pause that is believed, in milliseconds. */
const pauseMaxMs = 2_678_400_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A quota's window for one account. */
interface Window {
  quota: Quota;
  startMs: number;
  used: number;
  /** Calls of the window before; a sliding window counts the part of them that has not slid out. */
  usedBefore: number;
  byMember: Map<string, number>;
}

interface Account {
  windows: Window[];
  /** The provider wants to be left alone until then, epoch milliseconds. */
  blockedUntilMs: number;
}

/** Creates quotas; `now` is epoch milliseconds. */
export function createQuotas(now: () => number): Quotas {
  const accounts = new Map<string, Account>();

  const accountOf = (provider: Provider, path: string): Account | null => {
    const company = /^\/c\/(\d+)\//.exec(path)?.[1] ?? null;
    const quotas = provider.quotas.filter(({ per }) => per === 'account' || company !== null);
    if (quotas.length === 0) return null;
    const key = `${provider.id}/${company ?? ''}`;
    const known = accounts.get(key) ?? {
      windows: quotas.map((quota): Window => ({
        quota,
        startMs: 0,
        used: 0,
        usedBefore: 0,
        byMember: new Map(),
      })),
      blockedUntilMs: 0,
    };
    accounts.delete(key);
    accounts.set(key, known);
    if (accounts.size > accountsMax) accounts.delete(accounts.keys().next().value ?? '');
    return known;
  };

  /** Counts the call if there is room; else answers how long there is none, in milliseconds. */
  const tryEnter = (account: Account, { memberId, isBackground }: QuotaCall): number => {
    const nowMs = now();
    if (account.blockedUntilMs > nowMs) return account.blockedUntilMs - nowMs;
    for (const window of account.windows) {
      turn(window, nowMs);
      const { calls, perSeconds } = window.quota;
      const isFull =
        usedIn(window, nowMs) >= calls * (isBackground ? backgroundShare : 1) ||
        (window.byMember.get(memberId) ?? 0) >= calls * memberShare;
      if (isFull) return Math.max(window.startMs + perSeconds * 1000 - nowMs, 1);
    }
    for (const window of account.windows) {
      window.used += 1;
      window.byMember.set(memberId, (window.byMember.get(memberId) ?? 0) + 1);
    }
    return 0;
  };

  return {
    used: () =>
      [...accounts].flatMap(([key, { windows }]) => {
        const [providerId = '', companyId = ''] = key.split('/');
        return windows.map((window) => {
          turn(window, now());
          const { calls, perSeconds } = window.quota;
          const used = Math.min(Math.ceil(usedIn(window, now())), calls);
          return { providerId, companyId: companyId === '' ? null : companyId, calls, perSeconds, used };
        });
      }),
    hasRoomSoon(provider, path) {
      const leftMs = (accountOf(provider, path)?.blockedUntilMs ?? 0) - now();
      return leftMs > 0 && leftMs <= queueMs;
    },
    async enter(provider, call) {
      const account = accountOf(provider, call.path);
      if (account === null) return { learn: () => undefined };
      const startedAt = performance.now();
      for (;;) {
        const leftMs = tryEnter(account, call);
        if (leftMs === 0) break;
        if (performance.now() - startedAt + leftMs > queueMs) throw refuse(leftMs);
        await pause(leftMs + Math.random() * 20);
      }
      return { learn: (status, headers) => learn(account, status, headers, now()) };
    },
  };
}

function learn(
  account: Account,
  status: number,
  headers: { get(name: string): string | null },
  nowMs: number,
): void {
  for (const window of account.windows) {
    const { remainingHeader, calls } = window.quota;
    const left = remainingHeader === null ? Number.NaN : Number(headers.get(remainingHeader) ?? Number.NaN);
    if (Number.isInteger(left) && left >= 0 && left <= calls) window.used = calls - left;
  }
  if (!account.windows.some(({ quota }) => quota.refusal === status)) return;
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  // Stora names the end of the window instead, in epoch seconds.
  const resetMs = Number.parseInt(headers.get('ratelimit-reset') ?? '', 10) * 1000;
  const pauseMs = seconds > 0 ? seconds * 1000 : resetMs - nowMs;
  if (pauseMs > 0) {
    account.blockedUntilMs = Math.max(account.blockedUntilMs, nowMs + Math.min(pauseMs, pauseMaxMs));
  }
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
