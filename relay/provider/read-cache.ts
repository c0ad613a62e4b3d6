import type { Provider } from '../../shared/provider.ts';

/** An answer that may be given again. */
export interface CachedAnswer {
  contentType: string;
  body: string;
}

/**
 * Keeps short answers of a provider whose calls are few, for as long as its description says, in this process.
 *
 * Kept for one connection alone: what it may see depends on its token.
 */
export interface ReadCache {
  get(connectionId: string, pathAndQuery: string): CachedAnswer | null;
  keep(provider: Provider, connectionId: string, pathAndQuery: string, answer: CachedAnswer): void;
  /** Forgets what a connection has read: it has written something. */
  forget(connectionId: string): void;
}

/** Most characters that are kept in all, and of one answer. */
const charactersMax = { all: 8_000_000, one: 500_000 };

/** Creates an empty cache; `now` is epoch milliseconds. */
export function createReadCache(now: () => number): ReadCache {
  const answers = new Map<string, CachedAnswer & { untilMs: number }>();
  let size = 0;

  const drop = (key: string): void => {
    size -= answers.get(key)?.body.length ?? 0;
    answers.delete(key);
  };
  return {
    get(connectionId, pathAndQuery) {
      const key = `${connectionId} ${pathAndQuery}`;
      const found = answers.get(key);
      if (found === undefined) return null;
      if (found.untilMs > now()) return found;
      drop(key);
      return null;
    },
    keep(provider, connectionId, pathAndQuery, answer) {
      const seconds = provider.cache.find(({ path }) => pathAndQuery.startsWith(path))?.seconds ?? 0;
      if (seconds === 0 || answer.body.length > charactersMax.one) return;
      const key = `${connectionId} ${pathAndQuery}`;
      drop(key);
      answers.set(key, { ...answer, untilMs: now() + seconds * 1000 });
      size += answer.body.length;
      for (const oldest of answers.keys()) {
        if (size <= charactersMax.all) break;
        drop(oldest);
      }
    },
    forget(connectionId) {
      for (const key of answers.keys()) if (key.startsWith(`${connectionId} `)) drop(key);
    },
  };
}
