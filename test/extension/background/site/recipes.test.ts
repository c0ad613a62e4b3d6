import { expect, it, onTestFinished, vi } from 'vitest';
import { browser, enrolAt } from '../browser.ts';
import { serveOnLoopback } from '../../../loopback.ts';
import { builtInRecipes } from '../../../../extension/recipes/registry.ts';
import { keepRecipeDraft, readKnownRecipes } from '../../../../extension/background/site/recipes.ts';
import { enrol } from '../../../../extension/background/wire/joining.ts';
import { Failure, problemOf } from '../../../../shared/failure.ts';

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

/** A relay whose recipes are signed with this key. */
const signingWith = (publicKey: string, name: string, signed: object | null): Promise<string> => {
  const answers: Record<string, object> = {
    '/v1/sessions': {
      sessionToken: `ses_${name.repeat(43)}`,
      expiresAtMs: Date.now() + 3_600_000,
      installationId: `ins_${name.repeat(22)}`,
      memberName: 'Mario Rossi',
    },
    '/v1/enrolments': {
      installationId: `ins_${name.repeat(22)}`,
      memberId: `mem_${name.repeat(22)}`,
      memberName: 'Mario Rossi',
    },
    '/v1/recipes': { publicKey, signed, mayPublish: false },
  };
  return serveOnLoopback((request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answers[request.url ?? '']));
  });
};

it('the key of a team that is left while its recipes are looked at is not the key of the next one', async () => {
  const text = JSON.stringify({ version: 3, recipes: [] });
  const { publicKey, privateKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const inBase64Url = (bytes: ArrayBuffer) => Buffer.from(bytes).toString('base64url');
  const oldKey = inBase64Url(await crypto.subtle.exportKey('raw', publicKey));
  const signature = inBase64Url(
    await crypto.subtle.sign('Ed25519', privateKey, new TextEncoder().encode(text)),
  );
  await enrolAt(await signingWith(oldKey, 'A', { text, signature }));
  const looking = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const verify = crypto.subtle.verify.bind(crypto.subtle);
  const spy = vi.spyOn(crypto.subtle, 'verify').mockImplementation(async (...args) => {
    looking.resolve();
    await gate.promise;
    return verify(...args);
  });
  onTestFinished(() => spy.mockRestore());
  const late = readKnownRecipes();
  await looking.promise;
  const newKey = 'B'.repeat(43);
  await enrol({ link: `${await signingWith(newKey, 'B', null)}/#inv_${'A'.repeat(22)}` });
  gate.resolve();
  await expect(late).rejects.toMatchObject({ code: 'not-enrolled' });
  await readKnownRecipes();
  expect(await browser.storage.local.get('recipes')).toMatchObject({ recipes: { publicKey: newKey } });
});
