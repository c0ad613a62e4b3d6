import type { ActionId } from '../../shared/actions.ts';
import type { FailureCode } from '../../shared/diagnosis.ts';
import { Failure, type FailureDetails } from '../../shared/failure.ts';

/** What somebody was refused: a connection of their own or the team's, a provider that is configured, an action. */
export interface RefusedThing {
  connectionId?: string;
  providerId: string;
  actionId?: ActionId;
}

/** A refusal by role or policy that knows what it is about: the audit log is told, the caller only what a failure says. */
export class NotAllowed extends Failure {
  readonly about: RefusedThing;

  constructor(
    code: Extract<FailureCode, 'blocked-by-admin' | 'not-admin'>,
    about: RefusedThing,
    details?: FailureDetails,
  ) {
    super(code, details);
    this.about = about;
  }
}
