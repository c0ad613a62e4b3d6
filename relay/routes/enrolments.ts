import { createEnrolment } from '../../shared/api/enrolments.ts';
import { Failure } from '../../shared/failure.ts';
import { InstallationId } from '../../shared/ids.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { newId } from '../keys/random.ts';
import { isShortCode, presentedOf } from '../people/invites.ts';
import { enrolInstallation } from '../store/invites.ts';

/** Turns a one-time invite into an installation. */
export function serveEnrolments(app: RelayApp): void {
  serve(app, createEnrolment, async ({ input, caller, deps, requestId }) => {
    const { invite, installationName: name, browser = null } = input;
    // Guesses of the short half are counted for the whole relay, wherever they come from.
    if (isShortCode(invite)) deps.limits.check('guess', '');
    const id = InstallationId.parse(newId('ins'));
    const installation = { id, name, browser, thumbprint: caller.thumbprint };
    const presented = await presentedOf(deps, invite);
    const enrolled = await deps.store.transaction(async (statements) => {
      const made = await enrolInstallation(statements, installation, presented, deps.now());
      if (made === null) return null;
      const { installationId, memberId, memberName } = made;
      const note = { requestId, installationId, memberId };
      await deps.audit.recordIn(statements, { event: 'installation_enrolled', ...note });
      return { installationId, memberId, memberName };
    });
    if (enrolled === null) {
      await deps.audit.record({ event: 'invite_refused', outcome: 'refused', requestId });
      if (isShortCode(invite)) deps.limits.take('guess', '');
      throw new Failure('invite-invalid');
    }
    return enrolled;
  });
}
