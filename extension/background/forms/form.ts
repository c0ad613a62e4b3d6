import { z } from 'zod';
import { Failure } from '../../../shared/failure.ts';
import type { Choice } from '../../../shared/view/fatture-in-cloud.ts';
import { parseAmount } from '../../facts/amount.ts';

/** What became of a form that was sent. */
export interface Sent {
  /** False where the same was there already. */
  created: boolean;
  companyName: string;
  /** Number or name of what was made. */
  name: string;
}

/** What is written in the side panel: how it is checked and sent, and what its choices are. */
export interface Form {
  /**
   * @throws Failure `request-invalid` with the fields that cannot be sent as they are
   */
  send(values: Readonly<Record<string, string>>): Promise<Sent>;
  /** By field, the usual one first. */
  choices?(values: Readonly<Record<string, string>>): Promise<Record<string, Choice[]>>;
}

/** An amount as a person writes it, in cents. */
export const Cents = z.string().transform((text, context) => {
  const amount = parseAmount(text);
  if (amount !== null && amount >= 0 && amount % 1_000 === 0) return amount / 1_000;
  context.addIssue('no amount');
  return z.NEVER;
});

/** How many of the same a person knows of and wants another one beside. */
export const Again = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .catch(0);

/**
 * The values of a form, checked; what was left empty is not there.
 *
 * @throws Failure `request-invalid` with the fields that are wrong
 */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  values: Readonly<Record<string, string>>,
): z.infer<Schema> {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value.trim() === '' ? [] : [[name, value.trim()] as const],
  );
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map(({ path }) => String(path[0] ?? ''));
  throw new Failure('request-invalid', { fields: [...new Set(names)] });
}
