import { useEffect, useState } from 'preact/hooks';
import type { Recipe } from '../../shared/recipe.ts';
import { text } from '../text.ts';
import { emptyRecipe, parseRecipe } from './recipe-draft.ts';
import { RecipeFields, type RecipeFieldsProps } from './recipe-fields.tsx';
import { openTabs, pickIn, previewIn, type OpenTab, type RecipePreview } from './recipe-tool.ts';

interface RecipeEditorProps {
  /** JSON; empty for a new one. */
  draft: string;
  /** Sites on which Staffetta works. */
  origins: readonly string[];
  mayPublish: boolean;
  onChanged(draft: string | null): void;
  onPublish(recipe: Recipe): Promise<void>;
}

/** Writes a recipe by pointing at an open page, which shows at once what it finds. */
export function RecipeEditor({ draft, origins, mayPublish, onChanged, onPublish }: RecipeEditorProps) {
  const [tabs, setTabs] = useState<OpenTab[]>([]);
  const [tabId, setTabId] = useState<number | null>(null);
  const [preview, setPreview] = useState<RecipePreview | null>(null);
  const parsed = parseRecipe(draft);
  const tab = tabs.find(({ id }) => id === tabId) ?? tabs[0];

  const look = async (): Promise<void> => {
    const open = await openTabs(origins);
    setTabs(open);
    const chosen = open.find(({ id }) => id === tabId) ?? open[0];
    setPreview(
      parsed.recipe === null || chosen === undefined ? null : await previewIn(chosen.id, parsed.recipe),
    );
  };
  useEffect(() => {
    // Typing is not slowed down; each pause shows what the recipe finds now.
    const timer = setTimeout(() => void look(), 250);
    return () => clearTimeout(timer);
  }, [draft, tabId, origins.join(' ')]);

  const put = (recipe: Recipe): void => onChanged(JSON.stringify(recipe, null, 2));
  const begin = (): void => {
    if (tab !== undefined) put(emptyRecipe(tab));
  };
  const recipe = parsed.recipe;
  const point: RecipeFieldsProps['onPoint'] = async (wanted, use) => {
    if (tab === undefined) return;
    const selector = await pickIn(tab.id, wanted);
    if (selector !== null) put(use(selector));
  };
  const download = (): void => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([`[${draft}]\n`], { type: 'application/json' }));
    link.download = `${recipe?.id ?? 'recipe'}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  return (
    <div class="card editor">
      <label for="recipe-tab">{text('recipe_tab')}</label>
      {tabs.length === 0 ? (
        <p class="hint">{text('recipe_no_tab')}</p>
      ) : (
        <select
          id="recipe-tab"
          value={tab?.id}
          onChange={(event) => setTabId(Number(event.currentTarget.value))}
        >
          {tabs.map(({ id, title, url }) => (
            <option key={id} value={id}>
              {title.slice(0, 60)} · {new URL(url).host}
            </option>
          ))}
        </select>
      )}
      {draft === '' ? (
        <button type="button" disabled={tab === undefined} onClick={begin}>
          {text('recipe_begin')}
        </button>
      ) : null}
      {recipe === null ? null : (
        <RecipeFields recipe={recipe} preview={preview} onChanged={put} onPoint={point} />
      )}
      {draft === '' ? null : (
        <details open={recipe === null}>
          <summary>{text('recipe_json')}</summary>
          <textarea
            id="recipe-json"
            aria-label={text('recipe_json')}
            rows={16}
            spellcheck={false}
            value={draft}
            onInput={(event) => onChanged(event.currentTarget.value)}
          />
          {parsed.fault === null ? null : <p role="alert">{text('recipe_fault', parsed.fault)}</p>}
        </details>
      )}
      <div class="row wrap">
        {recipe === null ? null : mayPublish ? (
          <button type="button" onClick={() => void onPublish(recipe)}>
            {text('recipe_publish')}
          </button>
        ) : (
          <button type="button" onClick={download}>
            {text('recipe_download')}
          </button>
        )}
        <button type="button" class="quiet" onClick={() => onChanged(null)}>
          {text('panel_discard')}
        </button>
      </div>
      {recipe !== null && !mayPublish ? <p class="hint">{text('recipe_not_admin')}</p> : null}
    </div>
  );
}
