import { Failure } from '../../shared/failure.ts';
import type { Deps } from '../deps.ts';

/** Writes a failure to the log. Failures of the closed list are ordinary, except those the operator must mend. A provider's own words are not logged. */
export function logFailure(deps: Pick<Deps, 'log'>, error: unknown, requestId: string): void {
  if (!(error instanceof Failure)) {
    deps.log.error({ requestId, err: error }, 'unexpected failure');
    deps.log.flush();
    return;
  }
  // Only a plain Error was worded here; any other may quote what a stranger sent.
  const { cause } = error;
  const reason =
    cause instanceof Error ? (cause.constructor === Error ? cause.message : cause.name) : undefined;
  const entry = { requestId, code: error.code, reason };
  if (error.code === 'provider-misconfigured') {
    deps.log.error(
      entry,
      'the provider refuses the app credentials: check client id, secret and redirect URL',
    );
    deps.log.flush();
  } else if (error.code === 'storage-unavailable') {
    deps.log.error(entry, 'the database cannot be used');
    deps.log.flush();
  } else deps.log.info(entry, 'refused');
}
