import { createEnrolment } from '../../shared/api/enrolments.ts';
import { Failure } from '../../shared/failure.ts';
import { InstallationId } from '../../shared/ids.ts';
import { serve, type RelayApp } from '../http/endpoint.ts';
import { newId } from '../keys/random.ts';
import { isShortCode, presentedOf } from '../people/invites.ts';
import { enrolInstallation } from '../store/invites.ts';

/** Turns a one-time invite into an installation. */
export function serveEnrolments(app: RelayApp): void {
  serve(app, createEnrolment, async ({ input, caller, deps, requestId }) => {
    const { invite, installationName: name, browser = null } = input;
    // Guesses of the short half are counted for the whole relay, wherever they come from.
    if (isShortCode(invite)) deps.limits.check('guess', '');
    const enrolled = await enrolInstallation(
      deps.store,
      { id: InstallationId.parse(newId('ins')), name, browser, thumbprint: caller.thumbprint },
      await presentedOf(deps, invite),
      deps.now(),
    );
    if (enrolled === null) {
      await deps.audit.record({ event: 'invite_refused', outcome: 'refused', requestId });
      if (isShortCode(invite)) deps.limits.take('guess', '');
      throw new Failure('invite-invalid');
    }
    const { installationId, memberId, memberName } = enrolled;
    await deps.audit.record({ event: 'installation_enrolled', requestId, installationId, memberId });
    return { installationId, memberId, memberName };
  });
}
