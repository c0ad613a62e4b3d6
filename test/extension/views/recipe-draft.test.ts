import { expect, it } from 'vitest';
import { emptyRecipe } from '../../../extension/views/recipe-draft.ts';
import { Recipe } from '../../../shared/recipe.ts';

it('a recipe begun from an open page says nothing of who the page is about: it is kept unsealed and published', () => {
  const tab = { id: 1, title: 'Mario Rossi · Scheda 42', url: 'https://crm.example.it/clienti/42/ordini/7' };
  const recipe = emptyRecipe(tab);
  expect(Recipe.parse(recipe)).toMatchObject({
    name: { it: 'crm.example.it', en: 'crm.example.it' },
    match: { all: [{ host: 'crm.example.it' }, { path: '/clienti/*/ordini/*' }] },
  });
  expect(JSON.stringify(recipe)).not.toMatch(/Rossi|42/);
});
