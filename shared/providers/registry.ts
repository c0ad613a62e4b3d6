import type { Provider } from '../provider.ts';
import { fattureInCloud } from './fatture-in-cloud.ts';
import { stora } from './stora.ts';

/** Every provider the product knows, by id. */
export const providers: ReadonlyMap<string, Provider> = new Map(
  [fattureInCloud, stora].map((provider) => [provider.id, provider]),
);
