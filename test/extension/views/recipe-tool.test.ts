import { expect, it, vi } from 'vitest';
import type { Tool } from '../../../extension/views/recipe-tool.ts';
import { emptyRecipe } from '../../../extension/views/recipe-draft.ts';

/** Lets everything else that waits go first, as a message to another process does. */
const elsewhere = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 1));

interface Injection {
  files?: string[];
  func?: (...args: unknown[]) => unknown;
  args?: unknown[];
}

/** One tab, in which an injected script leaves the tool, as the built one does. */
vi.mock('../../../extension/browser.ts', () => ({
  browser: {
    tabs: { getCurrent: async () => ({ id: 1 }), update: elsewhere },
    scripting: {
      async executeScript({ files, func, args = [] }: Injection): Promise<Array<{ result: unknown }>> {
        await elsewhere();
        if (files !== undefined) {
          const staffettaTool: Tool = (job) =>
            job.kind === 'pick'
              ? Promise.resolve('.picked')
              : { fits: true, facts: [], order: null, missing: [] };
          Object.assign(globalThis, { staffettaTool });
        }
        return [{ result: await func?.(...args) }];
      },
    },
  },
}));

it('a look at a page that comes while somebody asks to point there takes nothing from them', async () => {
  const { pickIn, previewIn } = await import('../../../extension/views/recipe-tool.ts');
  const recipe = emptyRecipe({ url: 'https://gestionale.example/schede/7' });
  // Looks that begin at every moment of the pick.
  const looks: Array<Promise<unknown>> = [];
  const timer = setInterval(() => looks.push(previewIn(2, recipe)), 0);
  const picked = await pickIn(2, { kind: 'one' });
  clearInterval(timer);
  expect(picked).toBe('.picked');
  expect(looks.length).toBeGreaterThan(2);
  for (const look of await Promise.all(looks)) expect(look).toMatchObject({ fits: true });
});
