import * as api from '../../shared/api/members.ts';
import { Failure } from '../../shared/failure.ts';
import { endConnection } from '../sharing/disconnect.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import {
  addMember,
  editMember,
  inviteAgain,
  listPeople,
  endInstallations,
  expelMember,
} from '../people/members.ts';

/** Lets administrators see, invite, change and remove the people of the team, and auditors see them. */
export function serveMembers(app: RelayApp): void {
  serve(app, api.listMembers, async ({ deps }) => ({ members: await listPeople(deps) }));
  serve(app, api.createMember, ({ input, caller, deps, requestId }) =>
    addMember(deps, { actorId: caller.memberId, requestId }, input),
  );
  serve(app, api.createInvite, async ({ params, caller, deps, requestId }) => ({
    invite: await inviteAgain(deps, { actorId: caller.memberId, requestId }, params.memberId),
  }));
  serve(app, api.changeMember, async ({ params, input, caller, deps, requestId }) => {
    await editMember(deps, { actorId: caller.memberId, requestId }, params.memberId, input);
    return {};
  });
  serve(app, api.removeMember, ({ params, caller, deps, requestId }) =>
    expelMember(deps, { actorId: caller.memberId, requestId }, params.memberId, (stored, subject) =>
      endConnection(deps, stored, subject),
    ),
  );
  serve(app, api.removeInstallation, async ({ params, caller, deps, requestId }) => {
    const actor = { actorId: caller.memberId, requestId };
    const removed = await endInstallations(deps, actor, params.installationId);
    if (removed.length === 0) throw new Failure('not-found');
    return {};
  });
}
