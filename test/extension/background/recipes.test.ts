import { expect, it } from 'vitest';
import { enrolAt } from './browser.ts';
import { serveOnLoopback } from '../../loopback.ts';
import { builtInRecipes } from '../../../extension/recipes/registry.ts';
import { keepRecipeDraft, readKnownRecipes } from '../../../extension/background/recipes.ts';
import { Failure, problemOf } from '../../../shared/failure.ts';

it('while the relay is out of reach the recipes that are kept are shown, and what is being written; nobody can publish', async () => {
  await enrolAt('http://127.0.0.1:1');
  await keepRecipeDraft('{"recipe":1');
  expect(await readKnownRecipes()).toEqual({
    own: [],
    builtIn: builtInRecipes,
    version: 0,
    mayPublish: false,
    draft: '{"recipe":1',
  });
});

it('a relay that refuses is not out of reach: its reason is shown', async () => {
  const relay = await serveOnLoopback((_, response) => {
    const body = JSON.stringify(problemOf(new Failure('not-enrolled'), 401, 'req'));
    response.writeHead(401, { 'Content-Type': 'application/problem+json' }).end(body);
  });
  await enrolAt(relay);
  await expect(readKnownRecipes()).rejects.toMatchObject({ code: 'not-enrolled' });
});
