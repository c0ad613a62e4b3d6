import { allowsMethod, scopesOff } from '../../shared/policy.ts';
import type { ConnectionMethod } from '../../shared/provider.ts';
import type { Core } from '../core.ts';
import { NotAllowed } from '../failures/not-allowed.ts';
import { offered, type ConfiguredProvider } from '../config/provider-settings.ts';
import type { Installation } from '../store/installations.ts';
import type { PolicyBook } from './policy.ts';

/** What somebody wants to connect. */
export interface WantedConnection {
  providerId: string;
  method: ConnectionMethod;
  scopes?: readonly string[];
  /** For the whole team: administrators alone. */
  forTeam?: boolean | undefined;
}

/**
 * The provider, if the caller may connect to it in this way and ask for these scopes.
 *
 * @throws Failure `blocked-by-admin` · `not-admin` (for the team) · as `offered`
 */
export async function allowedProvider(
  deps: Pick<Core, 'config'> & { policies: PolicyBook },
  { providerId, method, scopes = [], forTeam = false }: WantedConnection,
  caller: Installation,
): Promise<ConfiguredProvider> {
  const configured = offered(deps.config, providerId, method, scopes);
  const decision = await deps.policies.decide(caller);
  if (!allowsMethod(decision, providerId, method)) throw new NotAllowed('blocked-by-admin', { providerId });
  const blocked = scopesOff(decision, configured.provider, scopes);
  if (blocked.length > 0) throw new NotAllowed('blocked-by-admin', { providerId }, { scopes: blocked });
  if (forTeam && caller.role !== 'admin') throw new NotAllowed('not-admin', { providerId });
  return configured;
}
