import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const file = new URL('../../../shared/providers/stora.endpoints.json', import.meta.url);

const Table = z.object({
  scopes: z.array(z.string()),
  operations: z.array(z.object({ method: z.string(), path: z.string(), scope: z.string().nullable() })),
});

/** The table of Stora's operations and scopes that stands beside this repository; null where it does not. */
export function loadStoraEndpoints(): z.infer<typeof Table> | null {
  return existsSync(file) ? Table.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}
