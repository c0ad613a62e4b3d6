import { z } from 'zod';
import { noticesPath, setNotices } from '../../shared/api/notices.ts';
import { noticeActionOf } from '../../shared/actions.ts';
import { allowsAction, type Decision } from '../../shared/policy.ts';
import { Failure } from '../../shared/failure.ts';
import { admit, serve, sessionHashOf } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { Refusal } from '../failures/refusal.ts';
import { NotAllowed } from '../failures/not-allowed.ts';
import { findConnection } from '../store/connections.ts';
import { findSession } from '../store/sessions.ts';
import { wishNotices } from '../webhooks/subscription.ts';

const Since = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).catch(0);

/** Takes what members want to be told of, and tells them. */
export function serveNotices(app: RelayApp): void {
  serve(app, setNotices, async ({ params, input, caller, deps, requestId }) => {
    const { memberId, installationId } = caller;
    const stored = await findConnection(deps.store, params.connectionId, memberId);
    if (stored === null) throw new Failure('not-found');
    if (stored.status !== 'active') throw new Failure(stored.status);
    const decision = await deps.policies.decide(caller);
    const { id: connectionId, providerId } = stored;
    const action = noticeActionOf(providerId);
    // Whoever may not any more can still say that they want none.
    if (input.kinds.length > 0 && action !== null && !allowsAction(decision, action)) {
      throw new NotAllowed('blocked-by-admin', { connectionId, providerId, actionId: action });
    }
    const subject = { requestId, memberId, installationId, connectionId, providerId };
    await wishNotices(deps, stored, input, subject);
    return { kinds: input.kinds };
  });

  app.get(noticesPath, async (c) => {
    const { deps } = c.var;
    if (c.req.method !== 'GET') throw new Refusal('method-refused', { Allow: 'GET' });
    const caller = await admit(c, 'session');
    const session = sessionHashOf(c);
    const decide = async (): Promise<Decision | null> => {
      const found = await findSession(deps.store, session, deps.config.sessions, deps.now());
      return found === null ? null : deps.policies.decide(found);
    };
    const listener = { memberId: caller.memberId, decision: await deps.policies.decide(caller), decide };
    const stream = deps.notices.open(listener, Since.parse(c.req.query('since') ?? '0'));
    // A relay that stops must not wait for a connection that would be kept afterwards.
    return c.body(stream, 200, { 'Content-Type': 'application/x-ndjson', Connection: 'close' });
  });
  app.all(noticesPath, () => {
    throw new Refusal('method-refused', { Allow: 'GET' });
  });
}
