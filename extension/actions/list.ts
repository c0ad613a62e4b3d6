import { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import type { Call } from './action.ts';

/** How many records a page has: the most that the API gives. */
const perPage = 100;

/** How many pages are read: three looks at such a list are a tenth of what the API allows in five minutes. */
const pagesMax = 10;

/**
 * Every record of a list, page after page: what is not among them is not there.
 *
 * @param query filter and order; give an order that leaves no two records equal, or pages may overlap
 * @throws Failure `too-many-records` (more than 1,000, and what was not read might be there) · `provider-unexpected` (the
 *   list changed between two pages, or says otherwise how long it is)
 */
export async function listAll<One extends { id: number }>(
  call: Call,
  path: `/${string}`,
  query: { [name: string]: string },
  record: z.ZodType<One>,
): Promise<One[]> {
  const schema = z.object({
    data: z.array(record).nullish(),
    last_page: z.int().nullish(),
    total: z.int().nullish(),
  });
  const records = new Map<number, One>();
  for (let page = 1; ; page += 1) {
    const pageQuery = { ...query, per_page: String(perPage), page: String(page) };
    const { data, last_page, total } = await call({ method: 'GET', path, query: pageQuery, schema });
    for (const one of data ?? []) records.set(one.id, one);
    const last = last_page ?? 1;
    if (last > pagesMax) throw new Failure('too-many-records');
    if (page < last) continue;
    if (records.size < (total ?? 0)) throw new Failure('provider-unexpected');
    return [...records.values()];
  }
}
