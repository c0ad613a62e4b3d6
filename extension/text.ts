import type { FailureReport } from '../shared/failure.ts';
import { diagnosisOf, type FailureRemedy } from '../shared/diagnosis.ts';
import type { NoticeKind } from '../shared/provider.ts';
import { browser } from './browser.ts';
import type english from './public/_locales/en/messages.json';

/** Key of a sentence in `public/_locales`. */
export type TextKey = keyof typeof english;

/** A sentence in the browser's language, with `$1`… filled in. */
export function text(key: TextKey, ...substitutions: string[]): string {
  return browser.i18n.getMessage(key, substitutions);
}

/** Whether the browser shows our Italian or our English. */
export function language(): 'it' | 'en' {
  return browser.i18n.getUILanguage().startsWith('it') ? 'it' : 'en';
}

/** What of an invoice a person has to decide; a line of it stands behind a colon. */
const decisions = {
  client: 'decide_client',
  currency: 'decide_currency',
  'credit-note': 'decide_credit_note',
  date: 'decide_date',
  line: 'decide_line',
  total: 'decide_total',
  vat: 'decide_vat',
} as const satisfies Record<string, TextKey>;

function decisionText(field: string): string {
  const [name = '', ...line] = field.split(': ');
  const known = Object.hasOwn(decisions, name) ? text(decisions[name as keyof typeof decisions]) : name;
  return [known, ...line].join(': ');
}

/** Why something failed, in words. */
export function failureText(failure: FailureReport): string {
  const key = `failure_${failure.code.replaceAll('-', '_')}` as TextKey; // a test holds the two lists together
  const names = failure.fields?.map((field) =>
    failure.code === 'document-refused' ? decisionText(field) : field,
  );
  const fields = names?.length ? ` (${names.join(', ')})` : '';
  const wait =
    failure.retryAfterSeconds === undefined
      ? ''
      : ` ${text('retry_after', String(failure.retryAfterSeconds))}`;
  return text(key) + fields + wait;
}

const remedyKeys: Record<Exclude<FailureRemedy, 'none'>, TextKey> = {
  retry: 'remedy_retry',
  connect: 'remedy_connect',
  'show-permissions': 'remedy_show_permissions',
  enrol: 'remedy_enrol',
  'choose-company': 'remedy_choose_company',
  'allow-site': 'remedy_allow_site',
  'allow-relay': 'remedy_allow_relay',
  'reload-page': 'remedy_reload_page',
};

/** The button that repairs a failure, and its label; null where there is none. */
export function remedyOf(
  failure: FailureReport,
): { remedy: Exclude<FailureRemedy, 'none'>; label: string } | null {
  const { remedy } = diagnosisOf(failure.code);
  return remedy === 'none' ? null : { remedy, label: text(remedyKeys[remedy]) };
}

/** What happened, in words. */
export const noticeKindText = (kind: NoticeKind): string =>
  text(`notice_${kind.replaceAll('-', '_')}` as TextKey); // a test holds the two lists together

/** An amount of minor units as it is written here. */
export function money({ amount, currency }: { amount: number; currency: string }): string {
  // Italian leaves four digits together otherwise, which no invoice does.
  const format = new Intl.NumberFormat(language(), { style: 'currency', currency, useGrouping: 'always' });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** A day, given as a moment or as `YYYY-MM-DD`, as it is written here. */
export const dayText = (moment: string): string =>
  new Intl.DateTimeFormat(language(), {
    dateStyle: 'medium',
    // A bare day is the same everywhere.
    ...(moment.length === 10 ? { timeZone: 'UTC' } : {}),
  }).format(new Date(moment));

/** Today where the member is, `YYYY-MM-DD`. */
export const today = (): string =>
  new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
