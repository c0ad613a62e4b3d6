import { claimWrite, settleWrite } from '../../../shared/api/writes.ts';
import { Failure } from '../../../shared/failure.ts';
import { callRelay } from '../wire/relay.ts';

/** How often a write is looked for that somebody else is making, and how long in between, in milliseconds. */
const looks = { most: 6, everyMs: 700 };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** SHA-256 of a text, lower-case hex. */
export async function sha256Hex(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** How something is found, and how it is made. */
interface Write<Result> {
  /** What is there already; null where nothing is. */
  look(): Promise<Result | null>;
  make(): Promise<Result>;
}

/**
 * Makes something at a provider that makes two of two, once for the whole team.
 *
 * It is looked for first; whoever then has the relay's claim makes it, and the others look until it is there. An attempt
 * whose end nobody knows keeps its claim until the provider has surely stored what it was to store.
 *
 * @param about what the write is about: company, kind, identity
 * @throws Failure `outcome-unknown` where an attempt does not end in time · as `look` and `make`
 */
export async function writeOnce<Result>(
  about: readonly unknown[],
  { look, make }: Write<Result>,
): Promise<Result> {
  // The same wherever on the team it is decided.
  const key = await sha256Hex(JSON.stringify(about));
  for (let count = 1; ; count += 1) {
    const found = await look();
    if (found !== null) return found;
    const { status } = await callRelay(claimWrite, {}, { key });
    if (status === 'yours') break;
    if (count >= looks.most) throw new Failure('outcome-unknown');
    await pause(looks.everyMs);
  }
  try {
    const result = await make();
    await settle(key, true);
    return result;
  } catch (error) {
    const isUnknown = error instanceof Failure && error.code === 'outcome-unknown';
    if (!isUnknown) await settle(key, false);
    throw error;
  }
}

/** The write is what counts: where the relay cannot be told any more, the claim runs out by itself. */
const settle = (key: string, made: boolean): Promise<unknown> =>
  callRelay(settleWrite, {}, { key, made }).catch(() => undefined);
