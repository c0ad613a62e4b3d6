import type { Context } from 'hono';
import type { RelayEnv } from '../../http/env.ts';
import { headerOf } from '../../http/incoming.ts';
import { eventWords } from '../words/events.ts';
import { failureWords } from '../words/failures.ts';
import { readCookie } from './session.ts';
import { timeZone } from './time.ts';
import { phrases } from '../words/phrases.ts';

/** A language of the console. */
export type Language = 'it' | 'en';

/** Names one phrase. */
export type WordKey = keyof typeof phrases;

/** Sentences that say after a change what was done: the only ones that an address may ask for. */
const doneKeys = [
  'audienceChanged',
  'emailNamed',
  'given',
  'givenBack',
  'installationRemoved',
  'memberChanged',
  'policyChanged',
  'recipesPublished',
  'returnAllowed',
  'rewrapStarted',
  'signedOut',
] as const;

/** Everything the console says in one language. */
export interface Words {
  language: Language;
  /** A phrase with what is filled in for `$1`, `$2`, …; plain text, which is escaped where it stands in a page. */
  say(key: WordKey, ...given: ReadonlyArray<string | number>): string;
  /** The phrase's name if an address may ask for it. */
  knows(key: string): WordKey | null;
  /** A sentence for a failure, with the way out. */
  failure(code: string): string;
  /** Why a call failed, in two words; a code of the closed list that has none stands for itself. */
  causeOf(code: string): string;
  eventOf(event: string): string;
  statusOf(status: string): string;
  methodOf(method: string): string;
  /** Date and time of a moment in epoch milliseconds. */
  moment(ms: number): string;
  weekday(ms: number): string;
  /** A length of time, in seconds. */
  span(seconds: number): string;
}

/** The language somebody chose, or else the first of ours that their browser asks for. */
export function languageOf(c: Context<RelayEnv>): Language {
  const chosen = readCookie(c, 'console-language');
  if (chosen === 'it' || chosen === 'en') return chosen;
  const [, first = 'it'] = /(?:^|[,\s])(it|en)\b/i.exec(headerOf(c, 'accept-language') ?? '') ?? [];
  return first.toLowerCase() === 'en' ? 'en' : 'it';
}

const isPhrase = (key: string): key is WordKey => Object.hasOwn(phrases, key);

/** What the console says in `language`. */
export function wordsIn(language: Language): Words {
  const index = language === 'it' ? 0 : 1;
  const locale = language === 'it' ? 'it-IT' : 'en-GB';
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const weekdays = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone });
  const numbers = new Intl.NumberFormat(locale);
  const shown = (value: string | number): string =>
    typeof value === 'number' ? numbers.format(value) : value;
  const say: Words['say'] = (key, ...given) =>
    phrases[key][index].replaceAll(/\$(\d)/g, (_, place: string) => shown(given[Number(place) - 1] ?? ''));
  const known = (key: string, otherwise: string): string => (isPhrase(key) ? say(key) : otherwise);
  return {
    language,
    say,
    knows: (key) => doneKeys.find((one) => one === key) ?? null,
    failure: (code) => (failureWords[code] ?? failureWords['internal'] ?? ['', ''])[index],
    causeOf: (code) => known(`cause-${code}`, code),
    eventOf: (event) => eventWords[event]?.[index] ?? event,
    statusOf: (status) => known(`status-${status}`, status),
    methodOf: (method) => known(`method-${method}`, method),
    moment: (ms) => moments.format(ms),
    weekday: (ms) => weekdays.format(ms),
    span(seconds) {
      if (seconds >= 86_400) return say('spanDays', Math.round(seconds / 86_400));
      if (seconds >= 3_600) return say('spanHours', Math.round(seconds / 3_600));
      return seconds >= 60 ? say('spanMinutes', Math.round(seconds / 60)) : say('spanSeconds', seconds);
    },
  };
}
