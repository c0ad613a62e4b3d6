import { Products, type Money } from '../stora/schemas.ts';
import type { Call } from './action.ts';

/** What is sold beside the units, with its price once or by the month. */
export async function findProducts(call: Call): Promise<Array<{ name: string; price: Money | null }>> {
  const { products } = await call({
    method: 'GET',
    path: '/2025-09/products',
    query: { limit: '100' },
    schema: Products,
  });
  return products.map(({ name, prices }) => ({ name: name ?? '', price: prices?.[0]?.price ?? null }));
}
