import { z } from 'zod';
import { browser } from './browser.ts';

/** A value in one of the browser's storage areas, parsed at every read: what is on disk may be from another version. */
export interface Slot<Value> {
  read(): Promise<Value | null>;
  write(value: Value): Promise<void>;
  clear(): Promise<void>;
}

/**
 * Describes one stored value.
 *
 * `session` lives in memory and is hidden from content scripts: the only place for grants and sessions. `local` is on
 * disk and not encrypted: nothing secret goes there.
 */
export function slot<Schema extends z.ZodType>(
  area: 'session' | 'local',
  name: string,
  schema: Schema,
): Slot<z.infer<Schema>> {
  const store = browser.storage[area];
  return {
    async read() {
      const found = await store.get(name);
      return schema.safeParse(found[name]).data ?? null;
    },
    write: (value) => store.set({ [name]: value }),
    clear: () => store.remove(name),
  };
}
