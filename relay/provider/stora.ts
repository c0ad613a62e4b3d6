import { z } from 'zod';
import type { ActionId } from '../../shared/actions.ts';
import { parseJson } from '../outbound/parse-json.ts';
import type { Timeline } from './timeline.ts';

const Reference = z.object({ id: z.string().max(64) });
const About = z.object({
  contact: Reference.nullish().catch(null),
  resource: Reference.nullish().catch(null),
});

/** A link of our own making in the metadata of a write: the event leads there. */
const Linked = z.object({ metadata: z.object({ staffetta_url: z.url({ protocol: /^https$/ }).max(500) }) });

/** Text of each action's event. */
const descriptions: Partial<Record<ActionId, string>> = {
  'stora.contact.save': 'Contact saved via Staffetta',
  'stora.note.create': 'Note added via Staffetta',
  'stora.task.create': 'Task added via Staffetta',
  'stora.deal.create': 'Deal opened via Staffetta',
};

/** Stora's timeline: each write of an integration leaves an event at its contact. */
export const storaTimeline: Timeline = {
  contactIn(text, path) {
    const named = /\/contacts\/(con_[A-Za-z0-9]+)$/.exec(path)?.[1];
    if (named !== undefined) return named;
    const { contact, resource } = About.safeParse(parseJson(text)).data ?? {};
    const ids = [contact, resource].map((reference) => reference?.id ?? '');
    return ids.find((id) => id.startsWith('con_')) ?? null;
  },
  eventOf({ id, actionId, body, contactId }, { sourceId, templateId }) {
    const url = Linked.safeParse(parseJson(body)).data?.metadata.staffetta_url;
    return {
      source: { id: sourceId },
      template: { id: templateId },
      description: descriptions[actionId] ?? 'Changed via Staffetta',
      external: { id, ...(url === undefined ? {} : { url }) },
      variables: { action: descriptions[actionId] ?? 'Changed' },
      ...(contactId === null ? {} : { contact: { id: contactId } }),
    };
  },
};
