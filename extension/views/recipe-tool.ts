import type { FactKind } from '../../shared/fact-kind.ts';
import type { PageOrder } from '../../shared/fact.ts';
import type { Recipe } from '../../shared/recipe.ts';
import { browser } from '../browser.ts';

/** What the script that works on an open page is asked. */
export type ToolJob =
  | { kind: 'preview'; recipe: Recipe }
  | { kind: 'pick'; wanted: { kind: 'one' } | { kind: 'rows' } | { kind: 'in-row'; rows: string } };

/** What a recipe finds on an open page. */
export interface RecipePreview {
  fits: boolean;
  facts: Array<{ kind: FactKind; value: string }>;
  order: PageOrder | null;
  missing: Array<'customer' | 'order'>;
}

/** What the script leaves in its tab: does one job. */
export type Tool = (job: ToolJob) => RecipePreview | Promise<string | null>;

const scriptFile = '/recipe-tool.js';

/**
 * Gives the script in a tab of an enabled site one job; null where the tab is gone or shows another site by now. A job travels
 * in the call that runs it: the look that follows each pause must not take the place of a pick that is just asked for.
 */
async function run(tabId: number, job: ToolJob): Promise<unknown> {
  try {
    await browser.scripting.executeScript({ target: { tabId }, files: [scriptFile] });
    const [answer] = await browser.scripting.executeScript({
      target: { tabId },
      func: (given: unknown) =>
        (globalThis as { staffettaTool?: Tool }).staffettaTool?.(given as ToolJob) ?? null,
      args: [job],
    });
    return answer?.result ?? null;
  } catch {
    return null;
  }
}

/** What `recipe` finds in a tab now; nothing is kept. */
export const previewIn = async (tabId: number, recipe: Recipe): Promise<RecipePreview | null> =>
  (await run(tabId, { kind: 'preview', recipe })) as RecipePreview | null; // our own script's answer

/** Lets the person point at something in a tab; the tab comes to the front, and this page again when it is done. */
export async function pickIn(
  tabId: number,
  wanted: Extract<ToolJob, { kind: 'pick' }>['wanted'],
): Promise<string | null> {
  const own = await browser.tabs.getCurrent();
  await browser.tabs.update(tabId, { active: true });
  const picked = await run(tabId, { kind: 'pick', wanted });
  if (own?.id !== undefined) await browser.tabs.update(own.id, { active: true });
  return typeof picked === 'string' ? picked : null;
}

/** An open tab of an enabled site. */
export interface OpenTab {
  id: number;
  title: string;
  url: string;
}

/** The open tabs of these sites. */
export async function openTabs(origins: readonly string[]): Promise<OpenTab[]> {
  const tabs = await browser.tabs.query({});
  return tabs.flatMap(({ id, title, url }) =>
    id !== undefined && url !== undefined && URL.canParse(url) && origins.includes(new URL(url).origin)
      ? [{ id, title: title ?? url, url }]
      : [],
  );
}
