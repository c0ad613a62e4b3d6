import { expect, it } from 'vitest';
import { z } from 'zod';
import type { ProviderCall } from '../../../extension/actions/action.ts';
import { listAll } from '../../../extension/actions/list.ts';

const One = z.object({ id: z.number() });

/** A list whose pages are these; `total` is what it says of itself. */
const listOf = (pages: number[][], total: number) => {
  const call = async <Schema extends z.ZodType>({ query, schema }: ProviderCall<Schema>) => {
    const ids = pages[Number(query?.['page']) - 1] ?? [];
    return schema.parse({ data: ids.map((id) => ({ id })), last_page: pages.length, total });
  };
  return listAll(call, '/list', {}, One).then((records) => records.map(({ id }) => id));
};

it('a record that a second page shows again counts once', async () => {
  expect(
    await listOf(
      [
        [1, 2],
        [2, 3],
      ],
      3,
    ),
  ).toEqual([1, 2, 3]);
});

it('a list from which something slipped between two pages is not taken for whole: what slipped might be made twice', async () => {
  await expect(listOf([[1, 2], [4]], 4)).rejects.toThrow('provider-unexpected');
});

it('an empty list is empty', async () => {
  expect(await listOf([[]], 0)).toEqual([]);
});
