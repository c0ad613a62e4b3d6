import type { ActionId } from '../../shared/actions.ts';

/** A write whose event is still missing on the provider's timeline. */
export interface Written {
  /** The write's `Idempotency-Key`, which names the event too. */
  id: string;
  actionId: ActionId;
  /** The body as it was sent. */
  body: string;
  contactId: string | null;
}

/** The timeline on which a provider wants each write to leave an event. */
export interface Timeline {
  /** Finds the contact that a path names, or that a body or an answer is about; null if there is none. */
  contactIn(text: string, path: string): string | null;
  /** Builds the body of the event. */
  eventOf(written: Written, ids: { sourceId: string; templateId: string }): object;
}
