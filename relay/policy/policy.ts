import { Failure } from '../../shared/failure.ts';
import { decide, openDecision, openPolicy, Policy, type Decision } from '../../shared/policy.ts';
import type { AuditLog, Actor } from '../audit.ts';
import type { Driver } from '../store/driver.ts';
import type { Installation } from '../store/installations.ts';
import { findNewestPolicy, insertPolicy, type StoredPolicy } from '../store/policies.ts';

/** The policy as it stands; version 0 where the team has made none. */
export interface CurrentPolicy {
  version: number;
  policy: Policy;
  changedAtMs: number | null;
}

const currentOf = (stored: StoredPolicy | null): CurrentPolicy =>
  stored === null
    ? { version: 0, policy: openPolicy, changedAtMs: null }
    : {
        version: stored.version,
        policy: Policy.parse(JSON.parse(stored.text)),
        changedAtMs: stored.changedAtMs,
      };

/** Reads the policy as it stands. */
export const loadPolicy = async (store: Driver): Promise<CurrentPolicy> =>
  currentOf(await findNewestPolicy(store));

/**
 * Puts a policy in the place of version `basedOn`, as the next one.
 *
 * @throws Failure `changed-meanwhile`
 */
export async function updatePolicy(
  { store, audit, now }: { store: Driver; audit: AuditLog; now(): number },
  actor: Actor,
  { basedOn, policy }: { basedOn: number; policy: Policy },
): Promise<CurrentPolicy> {
  const version = basedOn + 1;
  const changedAtMs = now();
  await store.transaction(async (statements) => {
    const newest = await findNewestPolicy(statements);
    const isNext = (newest?.version ?? 0) === basedOn;
    const text = JSON.stringify(policy);
    if (!isNext || !(await insertPolicy(statements, { version, text, changedAtMs }))) {
      throw new Failure('changed-meanwhile');
    }
    await audit.recordIn(statements, { event: 'policy_changed', ...actor });
  });
  return { version, policy, changedAtMs };
}

/** Knows the policy in force without asking for it again: a session's row says which version it is. */
export interface PolicyBook {
  /** What the policy in force says of the caller. */
  decide(caller: Installation): Promise<Decision>;
}

/** Creates the book of one process; one version is kept, and read once. */
export function createPolicyBook(store: Driver): PolicyBook {
  let known: CurrentPolicy = currentOf(null);
  return {
    async decide(caller) {
      const { policyVersion, role } = caller;
      // Nearly every call of nearly every team.
      if (policyVersion === 0 && role !== 'auditor') return openDecision;
      // A newer one than the session's row knew is as good, and better.
      if (known.version < policyVersion) known = await loadPolicy(store);
      return decide(known.policy, caller);
    },
  };
}
