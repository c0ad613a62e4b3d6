import type { AuditSubject } from '../audit.ts';

/** Who changes something that belongs to others: an administrator by their id, or the `operator` of the relay. */
export type Actor = Required<Pick<AuditSubject, 'actorId'>> & Pick<AuditSubject, 'requestId'>;

/** Whoever can run the relay's commands. */
export const operator: Actor = { actorId: 'operator' };
