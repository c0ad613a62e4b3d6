import type { z } from 'zod';
import type { FailureReport } from '../shared/failure.ts';
import type { MessageAnswer, PageMessages, ViewMessages } from '../shared/messages.ts';
import { browser } from './browser.ts';

/** An answer of the background: the value, or why not. */
export type Answer<Value> = { ok: true; value: Value } | { ok: false; failure: FailureReport };

/**
 * Asks the background and never rejects. After an update the old content script has no background any more:
 * `extension-updated`.
 */
async function ask(name: string, input: unknown): Promise<MessageAnswer> {
  try {
    const answer: MessageAnswer | undefined = await browser.runtime.sendMessage({ name, input });
    return answer ?? { ok: false, failure: { code: 'internal' } };
  } catch {
    return { ok: false, failure: { code: 'extension-updated' } };
  }
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
