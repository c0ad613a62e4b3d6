import { useEffect, useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { Recipe } from '../../shared/recipe.ts';
import { askFromView } from '../ask.ts';
import { language, text } from '../text.ts';
import { Notice } from './notice.tsx';
import { RecipeEditor } from './recipe-editor.tsx';

interface Known {
  own: Recipe[];
  builtIn: Recipe[];
  version: number;
  mayPublish: boolean;
  draft: string | null;
}

/** How pages are read: the recipes that come along, the team's own, and the one that is being written. */
export function Recipes({ origins }: { origins: readonly string[] }) {
  const [known, setKnown] = useState<Known | null>(null);
  const [failure, setFailure] = useState<FailureReport | null>(null);
  const [edited, setEdited] = useState<string | null>(null);
  const [note, setNote] = useState<string | null>(null);

  const load = async (): Promise<void> => {
    const answer = await askFromView('recipes.known', {});
    setFailure(answer.ok ? null : answer.failure);
    if (!answer.ok) return;
    setKnown(answer.value);
    setEdited((before) => before ?? answer.value.draft);
  };
  useEffect(() => void load(), []);

  const change = async (
    wanted: { publish: Recipe } | { remove: string } | { rollBack: number },
    told: string,
  ): Promise<boolean> => {
    const answer = await askFromView('recipes.change', wanted);
    setFailure(answer.ok ? null : answer.failure);
    if (!answer.ok) return false;
    setNote(told);
    await load();
    return true;
  };
  const keep = (draft: string | null): void => {
    setEdited(draft);
    void askFromView('recipes.keep', { draft });
  };

  return (
    <section id="recipes">
      <h2>{text('recipes_title')}</h2>
      <p class="hint">{text('recipes_hint')}</p>
      {failure === null ? null : <Notice failure={failure} onRemedy={() => void load()} />}
      {note === null ? null : <p role="status">{note}</p>}
      <ul class="clients">
        {known?.own.map((recipe) => (
          <li key={recipe.id}>
            <div class="row wrap">
              <strong>{recipe.name[language()]}</strong>
              <span>{recipe.id}</span>
              <button type="button" class="secondary" onClick={() => keep(JSON.stringify(recipe, null, 2))}>
                {text('recipes_edit')}
              </button>
              {known.mayPublish ? (
                <button
                  type="button"
                  class="quiet"
                  onClick={() => void change({ remove: recipe.id }, text('recipes_removed', recipe.id))}
                >
                  {text('options_remove')}
                </button>
              ) : null}
            </div>
          </li>
        ))}
        {known?.builtIn.map((recipe) => (
          <li key={recipe.id}>
            <div class="row wrap">
              <strong>{recipe.name[language()]}</strong>
              <span>{text('recipes_built_in')}</span>
              <button type="button" class="quiet" onClick={() => keep(JSON.stringify(recipe, null, 2))}>
                {text('recipes_edit')}
              </button>
            </div>
          </li>
        ))}
      </ul>
      {known !== null && known.mayPublish && known.version > 1 ? (
        <button
          type="button"
          class="quiet"
          onClick={() =>
            void change(
              { rollBack: known.version - 1 },
              text('recipes_rolled_back', String(known.version - 1)),
            )
          }
        >
          {text('recipes_roll_back', String(known.version), String(known.version - 1))}
        </button>
      ) : null}
      {edited === null ? (
        <button type="button" class="secondary" onClick={() => keep('')}>
          {text('recipes_new')}
        </button>
      ) : (
        <RecipeEditor
          draft={edited}
          origins={origins}
          mayPublish={known?.mayPublish === true}
          onChanged={keep}
          onPublish={async (recipe) => {
            if (await change({ publish: recipe }, text('recipes_published', recipe.name[language()])))
              keep(null);
          }}
        />
      )}
    </section>
  );
}
