import { createEnrolment } from '../../shared/api/enrolments.ts';
import { Failure } from '../../shared/failure.ts';
import { InstallationId } from '../../shared/ids.ts';
import { serve, type RelayApp } from '../http/endpoint.ts';
import { digest, newId } from '../keys/random.ts';
import { enrolInstallation } from '../store/members.ts';

/** Turns a one-time invite into an installation. */
export function serveEnrolments(app: RelayApp): void {
  serve(app, createEnrolment, async ({ input, caller, deps, requestId }) => {
    const enrolled = await enrolInstallation(
      deps.store,
      {
        id: InstallationId.parse(newId('ins')),
        name: input.installationName,
        thumbprint: caller.thumbprint,
      },
      { codeHash: digest(input.invite) },
      deps.now(),
    );
    if (enrolled === null) {
      await deps.audit.record({ event: 'invite_refused', outcome: 'refused', requestId });
      throw new Failure('invite-invalid');
    }
    const { installationId, memberId, memberName } = enrolled;
    await deps.audit.record({ event: 'installation_enrolled', requestId, installationId, memberId });
    return { installationId, memberId, memberName };
  });
}
