import type { Provider } from '../../shared/provider.ts';
import type { Core } from '../core.ts';
import { observeProvider } from '../observe/provider-call.ts';
import { callProvider, type ProviderRequest } from './call.ts';
import type { Quotas } from './quotas.ts';

/** The core with the quotas that each call of a provider's API counts against. */
export type ProviderDeps = Core & { quotas: Quotas };

/** Runs of a call that the provider refuses for its number. */
const attemptsMax = 3;

/**
 * Makes calls within the provider's quotas; one that it refuses for its number is sent again when there is room.
 *
 * @throws Failure `quota` where there is no room soon · as `callProvider`
 */
export function throttled(
  deps: Pick<ProviderDeps, 'metrics' | 'traces' | 'quotas'>,
  provider: Provider,
  who: { memberId: string; isBackground: boolean },
): (request: ProviderRequest) => Promise<Response> {
  return async (request) => {
    const isWhole = request.body === undefined || Buffer.isBuffer(request.body.content);
    for (let attempts = 1; ; attempts += 1) {
      const turn = await deps.quotas.enter(provider, { path: request.path, ...who });
      const answer = await observeProvider(deps, provider.id, 'api', () => callProvider(provider, request));
      turn.learn(answer.status, answer.headers);
      // Calls by others whom we do not see: ours was not done, so it may be repeated.
      const isRepeatable = answer.status === 429 && isWhole && attempts < attemptsMax;
      if (!isRepeatable || !deps.quotas.hasRoomSoon(provider, request.path)) return answer;
      await answer.body?.cancel();
    }
  };
}
