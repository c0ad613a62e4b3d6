import { Failure } from './failure.ts';
import type { Provider } from './provider.ts';
import type { RefusedCall } from './refused-call.ts';
import { diagnoseStora } from './providers/stora.diagnosis.ts';
import { diagnoseFattureInCloud, fattureInCloudQuestions } from './providers/fatture-in-cloud.diagnosis.ts';

interface Diagnostician {
  questions(refusal: RefusedCall): string[];
  diagnose(refusal: RefusedCall, answers: readonly unknown[]): Failure;
}

const diagnosticians: Readonly<Record<string, Diagnostician>> = {
  'fatture-in-cloud': { questions: fattureInCloudQuestions, diagnose: diagnoseFattureInCloud },
  stora: { questions: () => [], diagnose: diagnoseStora },
};

/** What holds for any provider: the status alone. */
const general: Diagnostician = {
  questions: () => [],
  diagnose({ status, headers, scopes }) {
    const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
    const retryAfterSeconds = Number.isInteger(seconds) && seconds >= 0 ? seconds : undefined;
    if (status === 429) return new Failure('quota', { retryAfterSeconds });
    if (status === 401) return new Failure('revoked');
    if (status === 403) return new Failure('missing-permission', { scopes });
    if (status >= 500) return new Failure('provider-down', { retryAfterSeconds });
    return new Failure(status >= 400 ? 'provider-rejected-data' : 'provider-unexpected');
  },
};

const of = ({ id }: Pick<Provider, 'id'>): Diagnostician => diagnosticians[id] ?? general;

/**
 * Why a provider refused a call.
 *
 * @param ask makes a reading call to the provider and answers its JSON; null where that was refused too. Asked only
 *   where the refusal could have several reasons.
 */
export async function diagnose(
  provider: Pick<Provider, 'id'>,
  refusal: RefusedCall,
  ask: (path: string) => Promise<unknown>,
): Promise<Failure> {
  const answers = await Promise.all(
    of(provider)
      .questions(refusal)
      .map((path) => ask(path).catch(() => null)),
  );
  return of(provider).diagnose(refusal, answers);
}
