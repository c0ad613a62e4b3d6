import { z } from 'zod';
import type { Product } from '../../shared/view/fatture-in-cloud.ts';
import { anyOf, condition } from '../fatture-in-cloud/filter.ts';
import type { Call } from './action.ts';

/** How many products a search shows. */
const resultsMax = 10;

const Products = z.object({
  data: z
    .array(
      z.object({
        id: z.int(),
        name: z.string().nullish(),
        code: z.string().nullish(),
        net_price: z.number().nullish(),
        gross_price: z.number().nullish(),
        use_gross_price: z.boolean().nullish(),
        default_vat: z.object({ value: z.number().nullish() }).nullish(),
        in_stock: z.boolean().nullish(),
        stock_current: z.number().nullish(),
      }),
    )
    .nullish(),
});

const cents = (amount: number | null | undefined): number | null =>
  amount == null ? null : Math.round(amount * 100);

/** Products whose name or code contains `text`, with price and stock. */
export async function findProducts(call: Call, companyId: number, text: string): Promise<Product[]> {
  const { data } = await call({
    method: 'GET',
    path: `/c/${companyId}/products`,
    query: {
      q: anyOf([condition('name', 'contains', text), condition('code', 'contains', text)]),
      per_page: String(resultsMax),
      sort: 'name',
      fieldset: 'detailed',
    },
    schema: Products,
  });
  return (data ?? []).map((product) => ({
    id: product.id,
    name: product.name ?? '',
    code: product.code ?? null,
    net: cents(product.net_price),
    gross: cents(product.gross_price),
    rate: product.default_vat?.value ?? null,
    stock: product.in_stock === true ? (product.stock_current ?? 0) : null,
  }));
}
