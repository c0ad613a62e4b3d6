import { reportOf } from '../../shared/failure.ts';
import type { Metrics } from './metrics.ts';
import type { Traces } from './traces.ts';

/** Times and traces one call to a provider. */
export function observeProvider<Result>(
  { metrics, traces }: { metrics: Metrics; traces: Traces },
  providerId: string,
  operation: string,
  call: () => Promise<Result>,
): Promise<Result> {
  return traces.span(`provider ${operation}`, { 'staffetta.provider': providerId }, async (tell) => {
    const startedAt = performance.now();
    let outcome = 'done';
    try {
      return await call();
    } catch (error) {
      outcome = reportOf(error).code;
      throw error;
    } finally {
      tell({ 'staffetta.outcome': outcome });
      metrics.called(providerId, operation, outcome, performance.now() - startedAt);
    }
  });
}
