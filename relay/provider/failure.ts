import type { FailureCode } from '../../shared/diagnosis.ts';
import { Failure } from '../../shared/failure.ts';

/** What is known of a provider's refusal, or of its silence. */
interface ProviderFailureOptions {
  cause?: unknown;
  retryAfterSeconds?: number;
  /** Whether the provider may have done what it was asked although no answer says so. */
  mayHaveActed: boolean;
  /** Whether the provider asked for fewer calls (429): nobody should call it for a while. */
  isThrottled?: boolean;
}

/** When to come back to a provider that is down and does not say, in seconds. */
const retryAfterDefault = 10;

/** A call to a provider that brought nothing. */
export class ProviderFailure extends Failure {
  /** False only where the request cannot have been processed: never sent, throttled, or refused in OAuth's own words. */
  readonly mayHaveActed: boolean;
  readonly isThrottled: boolean;
  /** What the provider asked for; null where it did not. `retryAfterSeconds` is then our own guess. */
  readonly askedSeconds: number | null;

  constructor(code: FailureCode, options: ProviderFailureOptions) {
    const { cause, retryAfterSeconds } = options;
    super(code, {
      cause,
      retryAfterSeconds: retryAfterSeconds ?? (code === 'provider-down' ? retryAfterDefault : undefined),
    });
    this.askedSeconds = retryAfterSeconds ?? null;
    this.mayHaveActed = options.mayHaveActed;
    this.isThrottled = options.isThrottled ?? false;
  }
}
