import { Recipe } from '../../shared/recipe.ts';
import contactCard from './contact-card.json' with { type: 'json' };
import prestashop from './prestashop.json' with { type: 'json' };
import stora from './stora.json' with { type: 'json' };
import webmail from './webmail.json' with { type: 'json' };
import woocommerce from './woocommerce.json' with { type: 'json' };

/** The recipes that come with the extension, the most particular first. */
export const builtInRecipes: readonly Recipe[] = [woocommerce, prestashop, stora, webmail, contactCard].map(
  (recipe) => Recipe.parse(recipe),
);
