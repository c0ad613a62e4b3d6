import type { Provider } from '../provider.ts';
import { fattureInCloud } from './fatture-in-cloud.ts';

/** Every provider the product knows, by id. */
export const providers: ReadonlyMap<string, Provider> = new Map(
  [fattureInCloud].map((provider) => [provider.id, provider]),
);
