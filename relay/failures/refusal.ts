import type { FailureCode } from '../../shared/diagnosis.ts';
import { Failure } from '../../shared/failure.ts';

/** A refusal that must be answered with headers of its own: a fresh nonce, or the method that is served. */
export class Refusal extends Failure {
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: FailureCode, headers: Readonly<Record<string, string>>) {
    super(code);
    this.headers = headers;
  }
}
