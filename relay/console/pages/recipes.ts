import { recipesLengthMax } from '../../../shared/api/recipes.ts';
import { Failure } from '../../../shared/failure.ts';
import { Recipe, type Match } from '../../../shared/recipe.ts';
import type { RelayApp } from '../../http/env.ts';
import {
  faultsOf,
  jsonIn,
  publishRecipe,
  publishRecipes,
  recipesIn,
  removeRecipe,
  rollBackRecipes,
} from '../../recipes.ts';
import {
  findNewestSet,
  findSet,
  listAlarms,
  listSets,
  type RecipeAlarm,
  type StoredRecipeSet,
} from '../../store/recipes.ts';
import { loadPolicy } from '../../policy/policy.ts';
import { badge, card, field, h, hint, table, type Markup } from '../frame/markup.ts';
import { change, confirmed, show, type Visit } from '../frame/visit.ts';

const versionsMax = 30;

/** Serves the sites and the recipes by which their pages are read. */
export function serveRecipePages(app: RelayApp): void {
  show(app, '/recipes', async (visit) => {
    const { say } = visit.words;
    const { store } = visit.deps;
    const [sets, alarms, { policy }] = await Promise.all([
      listSets(store, versionsMax),
      listAlarms(store),
      loadPolicy(store),
    ]);
    return {
      title: say('recipes'),
      body: [
        sitesCard(visit, Object.keys(policy.sites), alarms),
        recipesCard(visit, sets[0], alarms),
        alarmsCard(visit, alarms),
        visit.isAdmin ? publishForm(visit) : null,
        versionsCard(visit, sets),
      ],
    };
  });

  change(app, '/recipes', {
    bytesMax: recipesLengthMax * 2,
    async act(visit, form) {
      const text = form.text('recipe') || (await form.file('file')).trim();
      if (text === '') throw new Failure('request-invalid', { fields: ['recipe', 'file'] });
      const given = jsonIn(text);
      if (Array.isArray(given)) await publishRecipes(visit.deps, given, visit.actor);
      else {
        const recipe = Recipe.safeParse(given);
        if (!recipe.success) throw faultsOf(recipe.error);
        await publishRecipe(visit.deps, recipe.data, visit.actor);
      }
      return { to: '/recipes', done: 'recipesPublished' };
    },
  });

  confirmed(
    app,
    '/recipes/remove/:recipeId',
    async (visit) => {
      const { say } = visit.words;
      const id = visit.param('recipeId');
      const newest = await findNewestSet(visit.deps.store);
      const recipe = newest === null ? undefined : recipesIn(newest).find((one) => one.id === id);
      if (recipe === undefined) throw new Failure('not-found');
      return {
        title: say('removeRecipeAsk', recipe.name[visit.words.language]),
        lines: [say('removeRecipeWhat', recipe.id, hostsIn(recipe.match).join(', ')), say('recipesKept')],
        button: say('removeRecipe'),
        back: '/recipes',
      };
    },
    async (visit) => {
      await removeRecipe(visit.deps, visit.param('recipeId'), visit.actor);
      return { to: '/recipes', done: 'recipesPublished' };
    },
  );

  confirmed(
    app,
    '/recipes/restore/:version',
    async (visit) => {
      const { say, moment } = visit.words;
      const version = Number(visit.param('version'));
      const set = Number.isInteger(version) ? await findSet(visit.deps.store, version) : null;
      if (set === null) throw new Failure('not-found');
      const names = recipesIn(set)
        .map(({ name }) => name[visit.words.language])
        .join(', ');
      return {
        title: say('restoreRecipesAsk', version),
        lines: [
          say('restoreRecipesWhat', moment(set.publishedAtMs), names || say('none')),
          say('recipesKept'),
        ],
        button: say('restore'),
        back: '/recipes',
      };
    },
    async (visit) => {
      await rollBackRecipes(visit.deps, Number(visit.param('version')), visit.actor);
      return { to: '/recipes', done: 'recipesPublished' };
    },
  );
}

/** The hosts that a recipe names, wherever in its patterns. */
function hostsIn(match: Match): string[] {
  if ('host' in match) return [match.host];
  if ('all' in match) return match.all.flatMap(hostsIn);
  return 'any' in match ? match.any.flatMap(hostsIn) : [];
}

function sitesCard(
  { deps, words: { say } }: Visit,
  ruled: readonly string[],
  alarms: readonly RecipeAlarm[],
): Markup {
  const origins = [...new Set([...deps.config.sites, ...ruled])];
  const isBroken = (origin: string): boolean => {
    const { host, hostname } = new URL(origin);
    return alarms.some((alarm) => [host, hostname].includes(alarm.host));
  };
  return card(
    say('sites'),
    origins.length === 0
      ? hint(say('noSites'))
      : table(
          say('sitesCaption'),
          [say('site'), say('siteFrom'), say('state')],
          origins.map((origin) => [
            origin,
            say(deps.config.sites.includes(origin) ? 'siteOfSettings' : 'siteOfPolicy'),
            isBroken(origin) ? badge('bad', say('needsRepair')) : badge('plain', say('noAlarm')),
          ]),
        ),
    h('p', null, h('a', { href: '/admin/policy' }, say('sitesPolicy'))),
  );
}

function recipesCard(
  visit: Visit,
  newest: StoredRecipeSet | undefined,
  alarms: readonly RecipeAlarm[],
): Markup {
  const { say } = visit.words;
  const recipes = newest === undefined ? [] : recipesIn(newest);
  return card(
    say('recipesOfTeam'),
    recipes.length === 0
      ? hint(say('noRecipes'))
      : table(
          say('recipesCaption'),
          [say('name'), 'Id', say('site'), say('state'), say('action')],
          recipes.map(({ id, name, match }) => [
            name[visit.words.language],
            h('code', null, id),
            hostsIn(match).join(', ') || say('anySite'),
            alarms.some(({ recipeId }) => recipeId === id)
              ? badge('bad', say('needsRepair'))
              : badge('plain', say('noAlarm')),
            visit.isAdmin
              ? h('a', { class: 'button remove', href: `/admin/recipes/remove/${id}` }, say('removeEllipsis'))
              : null,
          ]),
        ),
  );
}

function alarmsCard({ words: { say, moment } }: Visit, alarms: readonly RecipeAlarm[]): Markup {
  if (alarms.length === 0) return null;
  return card(
    say('alarms'),
    hint(say('alarmsExplained')),
    table(
      say('alarmsCaption'),
      [say('recipe'), say('site'), say('missing'), say('count'), say('lastTime')],
      alarms.map(({ recipeId, host, missing, reports, lastAtMs }) => [
        h('code', null, recipeId),
        host,
        missing.map((what) => (what === 'order' ? say('theOrder') : say('theCustomer'))).join(', '),
        String(reports),
        moment(lastAtMs),
      ]),
    ),
  );
}

function publishForm(visit: Visit): Markup {
  const { say } = visit.words;
  return card(
    say('publish'),
    hint(say('publishExplained')),
    visit.form(
      { action: '/admin/recipes', enctype: 'multipart/form-data' },
      field({ id: 'file', label: say('recipeFile') }, (attributes) =>
        h('input', { ...attributes, type: 'file', accept: '.json,application/json' }),
      ),
      field({ id: 'recipe', label: say('recipePaste') }, (attributes) =>
        h('textarea', { ...attributes, spellcheck: 'false', autocomplete: 'off' }),
      ),
      h('button', { type: 'submit', class: 'primary' }, say('publish')),
    ),
  );
}

function versionsCard(
  { words: { language, say, moment }, isAdmin }: Visit,
  sets: readonly StoredRecipeSet[],
): Markup {
  return card(
    say('versions'),
    sets.length === 0 ? null : hint(say('versionsCaption')),
    sets.length === 0
      ? hint(say('noRecipes'))
      : table(
          say('versions'),
          [say('version'), say('when'), say('recipesOfTeam'), say('action')],
          sets.map((set, index) => [
            String(set.version),
            moment(set.publishedAtMs),
            recipesIn(set)
              .map(({ name }) => name[language])
              .join(', ') || say('none'),
            index === 0
              ? say('holds')
              : isAdmin
                ? h(
                    'a',
                    { href: `/admin/recipes/restore/${set.version}` },
                    say('restoreEllipsis', set.version),
                  )
                : null,
          ]),
        ),
  );
}
