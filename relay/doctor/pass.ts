import { z } from 'zod';
import { VaultError, type Place, type Vault } from '../keys/vault.ts';

/** What a relay saw of a request. */
export const Seen = z.object({
  nowMs: z.int(),
  /** Address at the other end of the connection. */
  peer: z.string(),
  /** Address that it counts the request by. */
  address: z.string(),
  /** What the proxies, or the caller, say of where it comes from. */
  forwarded: z.string(),
});
/** What a relay saw of a request. */
export type Seen = z.infer<typeof Seen>;

/** How long a pass is good, in milliseconds: clocks may be what is wrong. */
const passMs = 600_000;

const placeOf = (madeAt: string): Place => ({ table: 'doctor', row: madeAt, column: 'pass', owner: [] });

/** An `Authorization` header that only somebody with the vault key can make. */
export function makePass(vault: Vault, nowMs: number): string {
  return `Doctor ${nowMs}:${vault.seal(placeOf(String(nowMs)), 'pass')}`;
}

/** Whether a request was sent by the `doctor` command of somebody who has the vault key. */
export function isDoctor(vault: Vault, header: string | undefined, nowMs: number): boolean {
  const [, madeAt = '', sealed = ''] = /^Doctor (\d{13}):(\S{1,200})$/.exec(header ?? '') ?? [];
  if (sealed === '' || Math.abs(nowMs - Number(madeAt)) > passMs) return false;
  try {
    return vault.open(placeOf(madeAt), sealed) === 'pass';
  } catch (error) {
    if (error instanceof VaultError) return false;
    throw error;
  }
}
