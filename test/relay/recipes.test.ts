import { createPublicKey, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { changeRecipes, readRecipes, RecipeSet, reportRecipe } from '../../shared/api/recipes.ts';
import { describeRecipes } from '../../relay/cli/recipes.ts';
import { jsonIn, publishRecipes, RecipeError, rollBackRecipes } from '../../relay/recipes.ts';
import { listSets } from '../../relay/store/recipes.ts';
import { operator } from '../../relay/audit.ts';
import { editMember } from '../../relay/people/members.ts';
import { changeKey, openRelay } from './harness.ts';

const recipe = (id: string) => ({
  recipe: 1,
  id,
  name: { it: 'Esempio', en: 'Example' },
  match: { host: '*.example.it' },
  customer: { fields: { 'e-mail': { select: ['.posta'] } } },
});

async function open() {
  const relay = await openRelay();
  const member = await relay.join();
  const publish = (...ids: string[]) => publishRecipes(relay.deps, ids.map(recipe), operator);
  const idsNow = async (): Promise<string[]> => {
    const { signed } = await member.call(readRecipes);
    return RecipeSet.parse(JSON.parse(signed?.text ?? '')).recipes.map(({ id }) => id);
  };
  return { relay, member, publish, idsNow };
}

it('recipes are signed: one altered byte, or another key, does not verify', async () => {
  const { member, publish } = await open();
  await publish('one');
  const { publicKey, signed } = await member.call(readRecipes);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  const isSigned = (text: string): boolean =>
    verify(null, Buffer.from(text), key, Buffer.from(signed?.signature ?? '', 'base64url'));
  expect(isSigned(signed?.text ?? '')).toBe(true);
  expect(isSigned((signed?.text ?? '').replace('posta', 'poste'))).toBe(false);
  const other = await open();
  expect((await other.member.call(readRecipes)).publicKey).not.toBe(publicKey);
});

it('versions only grow, and an earlier one comes back as a new one', async () => {
  const { relay, publish, idsNow, member } = await open();
  expect((await member.call(readRecipes)).signed).toBeNull();
  await publish('one');
  await publish('one', 'two');
  expect(await idsNow()).toEqual(['one', 'two']);
  expect((await rollBackRecipes(relay.deps, 1, operator)).version).toBe(3);
  expect(await idsNow()).toEqual(['one']);
  expect((await listSets(relay.store, 2)).map(({ version }) => version)).toEqual([3, 2]);
  await expect(rollBackRecipes(relay.deps, 9, operator)).rejects.toThrow(RecipeError);
  expect(await relay.audit()).toContain('recipes_published');
});

it.each([
  ['{', 'no JSON'],
  ['{}', 'recipes'],
  [JSON.stringify([{ ...recipe('one'), run: 'alert(1)' }]), 'run'],
  [JSON.stringify([recipe('one'), recipe('one')]), 'same id'],
])('what is no list of recipes is not published: %s', async (text, reason) => {
  const { relay, member } = await open();
  const publish = async () => publishRecipes(relay.deps, jsonIn(text), operator);
  await expect(publish()).rejects.toThrow(reason);
  expect((await member.call(readRecipes)).signed).toBeNull();
});

it('the key outlives the vault key it was sealed with', async () => {
  const { relay, member } = await open();
  const before = (await member.call(readRecipes)).publicKey;
  await changeKey(relay);
  expect((await member.call(readRecipes)).publicKey).toBe(before);
});

it('a recipe that is reported stands in the list with its host until new ones are published', async () => {
  const { relay, member, publish } = await open();
  await publish('one');
  const input = { recipeId: 'one', host: 'shop.example', missing: ['order' as const] };
  await member.call(reportRecipe, { input });
  await member.call(reportRecipe, { input });
  expect(await describeRecipes(relay.store)).toMatchObject({
    versions: [{ version: 1 }],
    needRepair: [{ recipeId: 'one', host: 'shop.example', missing: ['order'], reports: 2 }],
  });
  await publish('one');
  expect((await describeRecipes(relay.store)).needRepair).toEqual([]);
});

it('only an administrator changes what the whole team reads pages with, and the log says who; the next version is made of the one that is there', async () => {
  const { relay, member, publish, idsNow } = await open();
  await publish('one', 'two');
  const change = { publish: { ...recipe('two'), name: { it: 'Altro', en: 'Other' } } };
  expect((await member.call(readRecipes)).mayPublish).toBe(false);
  const refused = await member.refusal(changeRecipes, { input: change as never });
  expect(refused.code).toBe('not-admin');

  const actor_id = await relay.memberOf(member);
  await editMember(relay.deps, operator, actor_id, { role: 'admin' });
  expect((await member.call(readRecipes)).mayPublish).toBe(true);
  // At once, and neither is lost.
  const both = ['three', 'four'].map((id) =>
    member.call(changeRecipes, { input: { publish: recipe(id) } as never }),
  );
  expect((await Promise.all(both)).map(({ version }) => version).toSorted()).toEqual([2, 3]);
  expect((await idsNow()).toSorted()).toEqual(['four', 'one', 'three', 'two']);
  expect((await member.call(changeRecipes, { input: { remove: 'one' } })).version).toBe(4);
  const missing = await member.refusal(changeRecipes, { input: { remove: 'one' } });
  expect(missing.code).toBe('not-found');
  expect((await member.call(changeRecipes, { input: { rollBack: 1 } })).version).toBe(5);
  expect(await idsNow()).toEqual(['one', 'two']);

  // The first came from the relay's own command line; each of the others says who, and by which request.
  const [first, ...others] = await relay.store.all<Record<string, unknown>>(
    "SELECT * FROM audit WHERE event = 'recipes_published' ORDER BY sequence",
  );
  expect(first).toMatchObject({ actor_id: 'operator', member_id: null, request_id: null });
  expect(others).toHaveLength(4);
  for (const entry of others) {
    expect(entry).toMatchObject({ actor_id, member_id: null });
    expect(relay.log.some((line) => line.includes(`"requestId":"${String(entry['request_id'])}"`))).toBe(
      true,
    );
  }
});
