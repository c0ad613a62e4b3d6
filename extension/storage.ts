import { z } from 'zod';
import { browser } from './browser.ts';
import { createTurns } from './queue.ts';

/** A value in one of the browser's storage areas, parsed at every read: what is on disk may be from another version. */
export interface Slot<Value> {
  read(): Promise<Value | null>;
  write(value: Value): Promise<void>;
  /** Replaces the value with the result of `changed`. Serialized with other writes and clears. */
  change(changed: (value: Value | null) => Value | Promise<Value>): Promise<Value>;
  /** Replaces the value, if there is one, in the same queue; null if there was none. */
  update(changed: (value: Value) => Value): Promise<Value | null>;
  clear(): Promise<void>;
}

/** Clears every slot that is the team's. */
const teamClears: Array<() => Promise<void>> = [];

/** Forgets all that is kept of the team. */
export const clearTeam = async (): Promise<void> => {
  await Promise.all(teamClears.map((clear) => clear()));
};

/**
 * Describes one stored value.
 *
 * `session` lives in memory and is hidden from content scripts: the only place for grants and sessions. `local` is on
 * disk and not encrypted: nothing secret goes there.
 *
 * @param whose `team`: it is forgotten when this installation joins another
 */
export function slot<Schema extends z.ZodType>(
  area: 'session' | 'local',
  name: string,
  schema: Schema,
  whose: 'team' | 'person' = 'person',
): Slot<z.infer<Schema>> {
  const store = browser.storage[area];
  const read = async (): Promise<z.infer<Schema> | null> => {
    const found = await store.get(name);
    return schema.safeParse(found[name]).data ?? null;
  };
  const inTurn = createTurns();
  const clear = (): Promise<void> => inTurn(() => store.remove(name));
  if (whose === 'team') teamClears.push(clear);
  return {
    read,
    write: (value) => inTurn(() => store.set({ [name]: value })),
    change: (changed) =>
      inTurn(async () => {
        const value = await changed(await read());
        await store.set({ [name]: value });
        return value;
      }),
    update: (changed) =>
      inTurn(async () => {
        const before = await read();
        if (before === null) return null;
        const value = changed(before);
        await store.set({ [name]: value });
        return value;
      }),
    clear,
  };
}
