import { createHmac, type KeyObject } from 'node:crypto';
import { setImmediate as giveWay } from 'node:timers/promises';
import { loadRelayKey } from './keys/relay-key.ts';
import { advanceHead, appendEntry, listEntries, moveHead, readHead, type AuditEntry } from './store/audit.ts';
import type { Driver, Statements } from './store/driver.ts';
import type { Vault } from './keys/vault.ts';

/** Everything that is written down for the team's administrator. */
export const auditEvents = [
  'member_invited',
  'member_changed',
  'member_joined',
  'email_named',
  'identity_joined',
  'sign_in_refused',
  'console_opened',
  'return_allowed',
  'member_removed',
  'installation_enrolled',
  'installation_removed',
  'invite_refused',
  'session_opened',
  'pop_failure',
  'flow_started',
  'flow_declined',
  'state_unknown',
  'state_expired',
  'mix_up',
  'key_mismatch',
  'handle_refused',
  'exchange_refused',
  'connection_made',
  'grant_issued',
  'refresh_started',
  'connection_refreshed',
  'refresh_in_doubt',
  'connection_ended',
  'api_written',
  'connection_erased',
  'connection_revoked',
  'connection_shared',
  'connection_given_back',
  'policy_changed',
  'policy_refused',
  'recipes_published',
  'role_given',
  'webhook_refused',
  'webhook_repeated',
  'vault_refused',
  'vault_rewrap_started',
  'vault_rewrapped',
  'store_migrated',
  'store_backed_up',
  'store_restored',
] as const;
/** One kind of what is written down. */
export type AuditEvent = (typeof auditEvents)[number];

/** Who and what an entry is about. Tokens, codes and free text never stand here. */
export interface AuditSubject {
  /** Who does it to somebody else: an administrator's id, or `operator`. */
  actorId?: string | undefined;
  requestId?: string | undefined;
  memberId?: string | undefined;
  installationId?: string | undefined;
  connectionId?: string | undefined;
  flowId?: string | undefined;
  providerId?: string | undefined;
  /** The token an entry is about; only its keyed hash is written. */
  token?: string | undefined;
}

/** One thing that happened. */
export interface AuditNote extends AuditSubject {
  event: AuditEvent;
  /** `done` unless it says otherwise. */
  outcome?: 'done' | 'refused';
}

/**
 * The append-only record of what happened, each entry chained to the one before by a keyed hash.
 *
 * What cannot be written down is refused: the caller's request fails with the promise.
 */
export interface AuditLog {
  /** Appends one entry, together with whatever else waits to be written: many callers share one commit. */
  record(note: AuditNote): Promise<void>;
  /** Appends one entry in a transaction of the caller: both are written or neither. */
  recordIn(statements: Statements, note: AuditNote): Promise<void>;
}

interface AuditOptions {
  store: Driver;
  vault: Vault;
  now(): number;
}

/** How many entries one commit carries at most. */
const batchMax = 200;

/** What a caller waits for. */
interface Waiting {
  note: AuditNote;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Opens the audit log of `store`.
 *
 * @throws VaultError when its key was tampered with
 */
export async function openAuditLog({ store, vault, now }: AuditOptions): Promise<AuditLog> {
  const key = await loadRelayKey(store, vault, 'audit');
  const append = async (statements: Statements, notes: readonly AuditNote[]): Promise<void> => {
    // Locks the head: entries of all instances come one after the other.
    const head = await advanceHead(statements, notes.length);
    let { hash } = head;
    for (const [index, note] of notes.entries()) {
      const entry = entryOf(key, head.sequence + index + 1, now(), note);
      hash = hashOf(key, hash, entry);
      await appendEntry(statements, { ...entry, hash });
    }
    await moveHead(statements, hash);
  };

  const queue: Waiting[] = [];
  let isWriting = false;
  const write = async (): Promise<void> => {
    isWriting = true;
    while (queue.length > 0) {
      const batch = queue.splice(0, batchMax);
      try {
        await store.transaction((statements) =>
          append(
            statements,
            batch.map(({ note }) => note),
          ),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isWriting = false;
  };

  return {
    record: (note) =>
      new Promise((resolve, reject) => {
        queue.push({ note, resolve, reject });
        if (!isWriting) void write();
      }),
    recordIn: (statements, note) => append(statements, [note]),
  };
}

function entryOf(key: KeyObject, sequence: number, atMs: number, note: AuditNote): Omit<AuditEntry, 'hash'> {
  return {
    sequence,
    atMs,
    event: note.event,
    outcome: note.outcome ?? 'done',
    actorId: note.actorId ?? null,
    requestId: note.requestId ?? null,
    memberId: note.memberId ?? null,
    installationId: note.installationId ?? null,
    connectionId: note.connectionId ?? null,
    flowId: note.flowId ?? null,
    providerId: note.providerId ?? null,
    tokenHash: note.token === undefined ? null : keyedHash(key, `token:${note.token}`),
  };
}

const keyedHash = (key: KeyObject, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url');

/** The hash of an entry binds everything in it, its place, and the entry before. */
const hashOf = (key: KeyObject, previous: string, entry: Omit<AuditEntry, 'hash'>): string =>
  keyedHash(
    key,
    JSON.stringify([
      previous,
      entry.sequence,
      entry.atMs,
      entry.event,
      entry.outcome,
      entry.requestId,
      entry.memberId,
      entry.installationId,
      entry.connectionId,
      entry.flowId,
      entry.providerId,
      entry.tokenHash,
      // Entries of relays before actors were named keep the hash they have.
      ...(entry.actorId === null ? [] : [entry.actorId]),
    ]),
  );

/** What a verification found. `head` can be noted outside the database and compared later. */
export type AuditVerdict =
  | { isWhole: true; entries: number; head: string }
  | { isWhole: false; entries: number; sequence: number; fault: 'altered' | 'missing' | 'cut-off' };

/** How many entries are read at a time. */
const pageSize = 1_000;

/**
 * Reads the whole log and finds the first entry that was altered, removed, added or re-ordered.
 *
 * Cutting off the newest entries together with the log's head can only be seen against a head that was noted before:
 * give it as `notedHead` (`SEQUENCE:HASH`, as an earlier verification printed it).
 */
export async function verifyAudit(
  { store, vault }: Pick<AuditOptions, 'store' | 'vault'>,
  notedHead?: string,
): Promise<AuditVerdict> {
  const key = await loadRelayKey(store, vault, 'audit');
  // Read first: a relay may go on writing behind it.
  const head = await readHead(store);
  let previous = '';
  let sequence = 0;
  let isNoted = notedHead === undefined;
  while (sequence < head.sequence) {
    const page = await listEntries(store, sequence, Math.min(pageSize, head.sequence - sequence));
    if (page.length === 0) break;
    for (const entry of page) {
      if (entry.sequence !== sequence + 1) {
        return { isWhole: false, entries: sequence, sequence: sequence + 1, fault: 'missing' };
      }
      const { hash, ...rest } = entry;
      if (hashOf(key, previous, rest) !== hash) {
        return { isWhole: false, entries: sequence, sequence: entry.sequence, fault: 'altered' };
      }
      ({ sequence } = entry);
      previous = hash;
      isNoted ||= notedHead === `${sequence}:${hash}`;
    }
    // The embedded database answers at once: whoever else waits for this process would wait for the whole log.
    await giveWay();
  }
  if (!isNoted || head.sequence !== sequence || head.hash !== previous) {
    return { isWhole: false, entries: sequence, sequence: sequence + 1, fault: 'cut-off' };
  }
  return { isWhole: true, entries: sequence, head: `${sequence}:${previous}` };
}

/** The author of a change to what belongs to others: an administrator by id, or the relay's `operator`. */
export type Actor = Required<Pick<AuditSubject, 'actorId'>> & Pick<AuditSubject, 'requestId'>;

/** The person who runs the relay's commands. */
export const operator: Actor = { actorId: 'operator' };
