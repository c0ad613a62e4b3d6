import { z } from 'zod';
import type { Call } from './action.ts';

/** What the expiry beside it means differs between the documentation and what such servers do: it is not read. */
const TokenInfo = z.object({ operator: z.object({ name: z.string() }).nullish() });

/** The name of the operator whose account is connected; null where Stora does not say. */
export async function showOperator(call: Call): Promise<string | null> {
  const { operator } = await call({ method: 'GET', path: '/oauth2/token/info', schema: TokenInfo });
  return operator?.name ?? null;
}
