import { storaTimeline } from './stora.ts';
import type { Timeline } from './timeline.ts';

const timelines: Readonly<Record<string, Timeline>> = { stora: storaTimeline };

/** The timeline of a provider; null for one that has none. */
export const timelineOf = (providerId: string): Timeline | null => timelines[providerId] ?? null;
