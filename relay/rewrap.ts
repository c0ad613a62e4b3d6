import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { type AuditLog, operator, type Actor } from './audit.ts';
import type { Core } from './core.ts';
import { retireOtherKeys, VaultError, type Vault } from './keys/vault.ts';
import type { Driver } from './store/driver.ts';
import {
  countSealed,
  listSealedOtherwise,
  replaceSealed,
  sealedTablesOf,
  type SealedRow,
  type SealedTable,
} from './store/sealed.ts';

/** How many rows are read at a time: a large database must not be held in memory. */
const batchSize = 200;

/** How often everything is gone through: what a serving relay seals with its older key meanwhile is met again. */
const passesMax = 5;

/** How many of the rows that do not open are named. */
const namedMax = 5;

/** Not everything could be sealed anew; what could be stays so, and no key is retired. */
export class RewrapError extends Error {
  override readonly name: string = 'RewrapError';
}

/** Rows that do not open: nothing of their values, where they stand alone. */
export interface Unreadable {
  count: number;
  /** The first few, as `table id`. */
  named: string[];
}

/** Some rows open with no key: one of the keys is missing, or the rows were altered. */
export class UnreadableError extends RewrapError {
  override readonly name = 'UnreadableError';
  readonly rows: Unreadable;

  constructor(rows: Unreadable) {
    const others = rows.count > rows.named.length ? ', …' : '';
    super(
      `Rows that open with none of the keys: ${rows.count} (${rows.named.join(', ')}${others}). Everything else is sealed anew, and no key is retired. ` +
        'A key is missing, which has to be put back, or the rows were altered: docs/operations.md says what to do.',
    );
    this.rows = rows;
  }
}

/** What sealing everything anew works with. */
export interface RewrapWork {
  store: Driver;
  vault: Vault;
  audit: AuditLog;
  now(): number;
  /** Whoever runs the relay's commands, unless it says otherwise. */
  actor?: Actor;
  /** Told after each batch of connections how many were resealed so far. */
  onProgress?(resealed: number): void;
  /** Ends it between two rows; what was sealed anew stays so. */
  signal?: AbortSignal;
}

/**
 * Seals everything anew with the vault's current key, so that the older keys can be retired.
 *
 * Runs beside serving relays, and beside itself: each row is changed only if it is still as it was read. Ended at any
 * point, by a crash too, it is done again from the start and finds what is left.
 *
 * @returns how many connections were resealed
 * @throws UnreadableError when something does not open with any key, once the others are sealed anew
 * @throws RewrapError when another relay goes on to seal with another key
 */
export async function rewrapVault(work: RewrapWork): Promise<number> {
  const { store, vault, audit, now, actor = operator, onProgress, signal } = work;
  await audit.record({ event: 'vault_rewrap_started', ...actor });
  let resealed = 0;
  for (let pass = 0; ; pass += 1) {
    const unreadable: Unreadable = { count: 0, named: [] };
    for (const table of sealedTablesOf(store)) {
      const isCounted = table.name === 'connections';
      await rewrapTable(work, table, unreadable, (rows) => {
        if (!isCounted) return;
        resealed += rows;
        onProgress?.(resealed);
      });
    }
    signal?.throwIfAborted();
    if (unreadable.count > 0) throw new UnreadableError(unreadable);
    if ((await countSealed(store)).every(({ keyId }) => keyId === vault.keyId)) break;
    if (pass === passesMax) {
      throw new RewrapError(
        'While this went on, another relay has sealed with another key: put the new key in front at each of them, restart them, and begin again.',
      );
    }
  }
  await store.transaction(async (statements) => {
    await retireOtherKeys(vault, statements, now());
    await audit.recordIn(statements, { event: 'vault_rewrapped', ...actor });
  });
  return resealed;
}

async function rewrapTable(
  { store, vault, signal }: RewrapWork,
  table: SealedTable,
  unreadable: Unreadable,
  onBatch: (resealed: number) => void,
): Promise<void> {
  let after = '';
  for (;;) {
    const { keyId } = vault;
    const batch = await listSealedOtherwise(store, table, { keyId, after, limit: batchSize });
    const last = batch.at(-1);
    if (last === undefined) return;
    let resealed = 0;
    for (const row of batch) {
      // The embedded database answers at once: whoever else waits for the relay has to get a turn.
      await turnOfLoop();
      signal?.throwIfAborted();
      const anew = sealAnew(vault, table, row);
      if (anew === null) {
        unreadable.count += 1;
        if (unreadable.named.length < namedMax) unreadable.named.push(`${table.name} ${row.id}`);
      } else if (await replaceSealed(store, table, row, anew)) resealed += 1;
    }
    onBatch(resealed);
    after = last.id;
  }
}

/** The values of a row, sealed anew; null where one of them does not open. */
function sealAnew(
  vault: Vault,
  { name }: SealedTable,
  { id, owner, values }: SealedRow,
): SealedRow['values'] | null {
  try {
    return Object.fromEntries(
      Object.entries(values).map(([column, sealed]) => {
        if (sealed === null || sealed === '') return [column, sealed];
        const place = { table: name, row: id, column, owner };
        return [column, vault.seal(place, vault.open(place, sealed))];
      }),
    );
  } catch (error) {
    if (error instanceof VaultError) return null;
    throw error;
  }
}

/** Seals everything anew while the relay serves, at an administrator's wish. */
export interface Rewrapper {
  /**
   * Begins, unless this process is at it already; resolves when that has ended. What goes wrong stands in the log and in
   * `state`.
   */
  start(actor: Actor): Promise<void>;
  /** How it is in this process; how far it is says the database. */
  readonly state: 'idle' | 'running' | 'failed';
  /** What did not open at the last attempt; null where that was not why it failed. */
  readonly unreadable: Unreadable | null;
  /** Ends it after the row in hand. */
  stop(): Promise<void>;
}

/** Creates the one of a process. */
export function createRewrapper(deps: Pick<Core, 'store' | 'vault' | 'audit' | 'log' | 'now'>): Rewrapper {
  const ending = new AbortController();
  let running: Promise<void> | null = null;
  let hasFailed = false;
  let unreadable: Unreadable | null = null;
  const run = async (actor: Actor): Promise<void> => {
    try {
      await rewrapVault({ ...deps, actor, signal: ending.signal });
    } catch (error) {
      if (ending.signal.aborted) return;
      hasFailed = true;
      unreadable = error instanceof UnreadableError ? error.rows : null;
      deps.log.error({ err: error }, 'the vault could not be sealed anew');
    } finally {
      running = null;
    }
  };
  return {
    async start(actor) {
      if (running === null && !ending.signal.aborted) {
        hasFailed = false;
        unreadable = null;
        running = run(actor);
      }
      await running;
    },
    get state() {
      if (running !== null) return 'running';
      return hasFailed ? 'failed' : 'idle';
    },
    get unreadable() {
      return unreadable;
    },
    async stop() {
      ending.abort();
      await running;
    },
  };
}
