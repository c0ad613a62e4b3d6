import type { z } from 'zod';
import type { FailureReport } from '../shared/failure.ts';
import type { MessageAnswer, PageMessages, ViewMessages } from '../shared/messages.ts';
import { browser } from './browser.ts';

/** An answer of the background: the value, or why not. */
export type Answer<Value> = { ok: true; value: Value } | { ok: false; failure: FailureReport };

/** Whether this script's extension is still there: after an update the old content script has none any more. */
export const isAlive = (): boolean => (browser.runtime as { id?: string } | undefined)?.id !== undefined;

/**
 * Asks the background and never rejects. A background that ended before it answered may have done what it was asked:
 * `outcome-unknown`. The old content script has none any more after an update: `extension-updated`.
 */
async function ask(name: string, input: unknown): Promise<MessageAnswer> {
  try {
    const answer: MessageAnswer | undefined = await browser.runtime.sendMessage({ name, input });
    if (answer !== undefined) return answer;
  } catch {
    // The channel closed: by whom is seen below.
  }
  return { ok: false, failure: { code: isAlive() ? 'outcome-unknown' : 'extension-updated' } };
}

/** Asks as one of our own pages. */
export async function askFromView<Name extends keyof ViewMessages>(
  name: Name,
  input: z.input<ViewMessages[Name]['input']>,
): Promise<Answer<z.infer<ViewMessages[Name]['output']>>> {
  // The background parsed it with this very schema; parsing again would put zod into every page.
  return (await ask(name, input)) as Answer<z.infer<ViewMessages[Name]['output']>>;
}

/** Asks as a content script. */
export async function askFromPage<Name extends keyof PageMessages>(
  name: Name,
  input: z.input<PageMessages[Name]['input']>,
): Promise<Answer<z.infer<PageMessages[Name]['output']>>> {
  return (await ask(name, input)) as Answer<z.infer<PageMessages[Name]['output']>>; // as above
}
