import { firstLight } from './0001-first-light.ts';

/** One step of the schema. Steps are never changed once released, only followed by another. */
export interface Migration {
  id: number;
  sql: string;
}

/** Every step, in order. */
export const migrations: readonly Migration[] = [firstLight];
