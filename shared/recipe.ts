import { z } from 'zod';
import { FactKind } from './fact-kind.ts';
import { Text } from './text.ts';

/** A CSS selector. That it is one is only known on a page; one that is none finds nothing. */
const Selector = z.string().trim().min(1).max(300);

/** What is done with a text that was found, in order. A fixed list: a recipe is data and never runs. */
export const Transform = z.union([
  z.enum(['upper', 'lower', 'digits', 'first-line', 'last-line', 'first-word', 'last-word']),
  /** What stands after, or before, the first occurrence; nothing where there is none. */
  z.strictObject({ after: z.string().min(1).max(60) }),
  z.strictObject({ before: z.string().min(1).max(60) }),
  /** Takes every occurrence out. */
  z.strictObject({ without: z.string().min(1).max(60) }),
]);
/** What is done with a text that was found. */
export type Transform = z.infer<typeof Transform>;

/** Where a value stands: the first selector that finds something with text, then the transforms. */
export const Field = z.strictObject({
  select: z.array(Selector).min(1).max(8),
  /** Instead of the text. */
  attribute: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/)
    .optional(),
  transforms: z.array(Transform).max(8).optional(),
});
/** Where a value stands. */
export type Field = z.infer<typeof Field>;

/** `*` stands for any characters. */
const Glob = z.string().min(1).max(200);

/** Where a recipe applies. */
export type Match =
  { all: Match[] } | { any: Match[] } | { host: string } | { path: string } | { finds: string };

/** Where a recipe applies: patterns, joined by AND (`all`) and OR (`any`). */
export const Match: z.ZodType<Match> = z
  .lazy(() =>
    z.union([
      z.strictObject({ all: z.array(Match).min(1).max(10) }),
      z.strictObject({ any: z.array(Match).min(1).max(10) }),
      z.strictObject({ host: Glob }),
      z.strictObject({ path: Glob }),
      z.strictObject({ finds: Selector }),
    ]),
  )
  .meta({ id: 'Match' });

const partial = <Key extends string>(keys: readonly [Key, ...Key[]]) => z.partialRecord(z.enum(keys), Field);

/** How to read one kind of page of a site: data, never code. */
export const Recipe = z.strictObject({
  /** Version of this format. */
  recipe: z.literal(1),
  id: z.string().regex(/^[a-z][a-z0-9.-]{1,60}$/),
  name: Text,
  match: Match,
  /** Who the page is about. `root` is searched in instead of the whole page. */
  customer: z
    .strictObject({ root: z.array(Selector).max(8).optional(), fields: partial(FactKind) })
    .optional(),
  order: z
    .strictObject({
      root: z.array(Selector).max(8).optional(),
      /** Each line is one element. */
      line: z.array(Selector).min(1).max(8),
      fields: partial(['description', 'quantity', 'unit-price', 'line-total', 'vat-rate']),
      /** Beside the lines. */
      whole: partial(['number', 'currency', 'tax', 'total']),
      /** Whether the lines' prices have VAT in them. */
      includesVat: z.boolean().nullable(),
    })
    .optional(),
});
/** How to read one kind of page of a site. */
export type Recipe = z.infer<typeof Recipe>;
