/** The contract between extension and relay as this code speaks it, and the oldest that it can still speak with the other side. */
export const contract = { version: 2, oldest: 1 } as const;

/** The header in which each side tells the other: version and oldest, as `3 2`. Who does not send it is of version 1. */
export const contractHeader = 'Staffetta-Contract';

/** The same as Node writes it. */
export const contractHeaderName = 'staffetta-contract';

/** What this side sends. */
export const contractText = `${contract.version} ${contract.oldest}`;

/** What the other side sends, beside what this one speaks. */
export interface ContractMatch {
  /** `other-outdated`: the other side has to be updated; `self-outdated`: this one. */
  verdict: 'fits' | 'other-outdated' | 'self-outdated';
  /** Whether the other side is newer: it may say more than is known here. */
  isNewer: boolean;
}

const same: ContractMatch = { verdict: 'fits', isNewer: false };

/** Compares the two sides; what is no version counts as the first. */
export function matchContract(header: string | null | undefined): ContractMatch {
  // Nearly every call.
  if (header === contractText) return same;
  const [, version = '1', oldest = '1'] = /^(\d{1,6}) (\d{1,6})$/.exec(header ?? '') ?? [];
  const isNewer = Number(version) > contract.version;
  if (Number(version) < contract.oldest) return { verdict: 'other-outdated', isNewer };
  return { verdict: Number(oldest) > contract.version ? 'self-outdated' : 'fits', isNewer };
}
