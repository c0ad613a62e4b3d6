import type { Context } from 'hono';
import { createSignIn, exchangeSignIn } from '../../shared/api/sign-ins.ts';
import { Failure } from '../../shared/failure.ts';
import { InstallationId, SignInId } from '../../shared/ids.ts';
import { deadEnd, knownError, readCallback, redirect } from '../http/callback.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp, RelayEnv } from '../http/env.ts';
import { logFailure } from '../http/failure-log.ts';
import { digest, newId } from '../keys/random.ts';
import {
  beginSignIn,
  finishSignIn,
  isOpen,
  sealAnswer,
  signInCallbackPath,
  signInUrl,
  startUrlOf,
  takeIn,
  targetOf,
} from '../sso/sign-in.ts';
import { insertInstallation } from '../store/installations.ts';
import { closeSignIn, findSignIn, findSignInByState, type SignIn } from '../store/sign-ins.ts';

/** Lets people join the team by single sign-on: begun and ended by a signed call, with the browser's two hops between. */
export function serveSignIns(app: RelayApp): void {
  serve(app, createSignIn, async ({ input, caller, deps }) => {
    const { thumbprint } = caller;
    const signIn = await beginSignIn(deps, { thumbprint, ...input });
    const { id: signInId, state, expiresAtMs } = signIn;
    return { signInId, startUrl: startUrlOf(deps, signIn), state, expiresAtMs };
  });

  // Both hops change nothing, and lead where the attempt's row and the settings say.
  app.get('/sign-in/:signInId', async (c) => {
    const { deps, requestId, address } = c.var;
    deps.limits.take('anonymous', address);
    const id = SignInId.safeParse(c.req.param('signInId'));
    const signIn = id.success ? await findSignIn(deps.store, id.data) : null;
    if (signIn === null || !isOpen(signIn, deps)) return deadEnd(c);
    try {
      return redirect(c, await signInUrl(deps, signIn));
    } catch (error) {
      logFailure(deps, error, requestId);
      deps.log.warn({ requestId }, 'the identity provider cannot be asked');
      return bounce(c, signIn, { error: 'temporarily_unavailable' });
    }
  });

  app.get(signInCallbackPath, async (c) => {
    const { deps, address } = c.var;
    deps.limits.take('anonymous', address);
    const query = readCallback(c.req.url);
    const signIn = query === null ? null : await findSignInByState(deps.store, query.state);
    if (query === null || signIn === null || !isOpen(signIn, deps)) return deadEnd(c);
    // Mix-up defence: an answer that names its issuer names ours.
    if (query.iss !== undefined && query.iss !== deps.config.sso?.issuer) {
      const { requestId } = c.var;
      await deps.audit.record({ event: 'mix_up', outcome: 'refused', requestId, flowId: signIn.id });
      return bounce(c, signIn, { error: 'server_error' });
    }
    if ('error' in query) return bounce(c, signIn, { error: knownError(query.error) });
    const handle = sealAnswer(deps, signIn, { code: query.code, issuer: query.iss ?? null });
    return bounce(c, signIn, { handle });
  });

  serve(app, exchangeSignIn, async ({ params, input, caller, deps, requestId }) => {
    const { thumbprint } = caller;
    const signIn = await findSignIn(deps.store, params.signInId);
    if (signIn === null || signIn.redirectKind === 'console') throw new Failure('flow-unknown');
    const subject = { requestId };
    // Whoever finishes must be who began (RFC 9700 §4.7): a code that was smuggled in enrols nobody.
    if (signIn.thumbprint !== thumbprint || digest(input.codeVerifier) !== signIn.codeChallenge) {
      await closeSignIn(deps.store, signIn.id, 'burned');
      const note = { event: 'key_mismatch', outcome: 'refused', ...subject, flowId: signIn.id } as const;
      await deps.audit.record(note);
      throw new Failure('key-mismatch');
    }
    const signedIn = await finishSignIn(deps, signIn, input.handle, subject);
    const id = InstallationId.parse(newId('ins'));
    const { installationName: name, browser = null } = input;
    return takeIn(deps, signedIn, subject, async (statements, { id: memberId, name: memberName }) => {
      await insertInstallation(statements, { id, name, browser, thumbprint }, memberId, deps.now());
      const note = { ...subject, installationId: id, memberId };
      await deps.audit.recordIn(statements, { event: 'installation_enrolled', ...note });
      return { installationId: id, memberId, memberName };
    });
  });
}

function bounce(
  c: Context<RelayEnv>,
  signIn: SignIn,
  answer: { handle: string } | { error: string },
): Response {
  const target = targetOf(c.var.deps, signIn.redirectKind);
  return redirect(c, `${target}?${new URLSearchParams({ state: signIn.state, ...answer }).toString()}`);
}
