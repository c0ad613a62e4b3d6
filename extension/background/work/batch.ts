import { diagnosisOf } from '../../../shared/diagnosis.ts';
import { Failure, reportOf, type FailureReport } from '../../../shared/failure.ts';
import { Batch } from '../../../shared/view/people.ts';
import { listIssued } from '../../actions/stora.invoice.find.ts';
import { browser } from '../../browser.ts';
import { slot } from '../../storage.ts';
import type { Invoice } from '../../stora/schemas.ts';
import { callFor, callForCompany } from '../provider/account.ts';
import { draftOnce } from './invoices.ts';

/** The batch, after every step: a background that is ended in the middle goes on where it was. */
const state = slot('local', 'batch', Batch, 'team');

/** The alarm that goes on where the browser has ended the background meanwhile. */
const alarmName = 'batch';

/** Pause after a failure that passes by itself, in milliseconds, where nobody has named one. */
const pauseDefaultMs = 15_000;

/** Longest pause that the background sleeps through; the alarm ends a longer one. */
const pauseMaxMs = 25_000;

/** Reasons that lie in the one invoice: the next may be well. */
const isOfTheItem = ({ code }: FailureReport): boolean =>
  ['document-refused', 'too-many-records', 'provider-rejected-data', 'not-found'].includes(code);

/** Reasons that may lie in the one invoice after all: after some tries the next gets its turn. */
const isOddlyOften = ({ code }: FailureReport, tries: number): boolean =>
  tries >= triesMax && ['provider-unexpected', 'outcome-unknown', 'internal'].includes(code);

/** Tries of one invoice that fails for a reason that should pass. */
const triesMax = 5;

/** How far the batch has come; null where there is none. */
export const readBatch = (): Promise<Batch | null> => state.read();

/**
 * Begins a batch; one at a time.
 *
 * @throws Failure `batch-in-progress` while another is under way
 */
export async function startBatch(wanted: Pick<Batch, 'from' | 'to' | 'addsClients'>): Promise<void> {
  refuseSecond(await state.read());
  // Before anything is listed: who may not make drafts need not wait to hear it.
  const { company } = await callForCompany('fic.proforma.create');
  await callFor('stora.note.create');
  await state.change((now) => {
    refuseSecond(now);
    return {
      ...wanted,
      companyId: company.id,
      companyName: company.name,
      status: 'listing',
      failure: null,
      items: [],
    };
  });
  goOnWithBatch();
}

function refuseSecond(now: Batch | null): void {
  if (now !== null && now.status !== 'done') throw new Failure('batch-in-progress');
}

/** Pauses the batch, goes on with it, or forgets it with its report. */
export async function setBatch(status: 'running' | 'paused' | 'gone'): Promise<void> {
  if (status === 'gone') await state.clear();
  else {
    await state.update((now) => {
      if (now.status === 'done') return now;
      const resumed = now.items.length === 0 ? 'listing' : 'running';
      return { ...now, status: status === 'paused' ? 'paused' : resumed, failure: null };
    });
  }
  goOnWithBatch();
}

/** What the alarm does. */
export function onBatchAlarm({ name }: { name: string }): void {
  if (name === alarmName) goOnWithBatch();
}

let running: Promise<void> | null = null;

/** Goes on with a batch that is under way, if nobody does already. */
export function goOnWithBatch(): void {
  running ??= work()
    .catch((error: unknown) => console.error(error))
    .finally(() => {
      running = null;
    });
}

const isUnderWay = (batch: Batch | null): batch is Batch =>
  batch?.status === 'listing' || batch?.status === 'running';

/** Tries of the invoice that is next. */
let tries = { invoiceId: '', count: 0 };

/** The invoices themselves name people and sums: in memory only, and listed again after a restart. */
let listed: Map<string, Invoice> | null = null;

async function work(): Promise<void> {
  let batch = await state.read();
  if (!isUnderWay(batch)) {
    await browser.alarms.clear(alarmName);
    return;
  }
  await browser.alarms.create(alarmName, { periodInMinutes: 0.5 });
  while (isUnderWay(batch)) {
    try {
      await step(batch);
    } catch (error) {
      const failure = reportOf(error);
      const passes = diagnosisOf(failure.code).retry === 'later';
      await change((now) => ({ ...now, failure, status: passes ? now.status : 'paused' }));
      if (passes) await pause((failure.retryAfterSeconds ?? 0) * 1000 || pauseDefaultMs);
    }
    batch = await state.read();
  }
  listed = null;
  await browser.alarms.clear(alarmName);
}

/** Lists the period, or makes the next draft. */
async function step(batch: Batch): Promise<void> {
  const { company } = await callForCompany('fic.proforma.create');
  // The member has chosen another company meanwhile: never into the wrong books.
  if (company.id !== batch.companyId) throw new Failure('company-changed');
  if (batch.status === 'listing' || listed === null) {
    const { call } = await callFor('stora.invoice.find', true);
    const invoices = await listIssued(call, batch.from, batch.to);
    listed = new Map(invoices.map((invoice) => [invoice.id, invoice]));
    if (batch.status === 'listing') {
      await change((now) => ({ ...now, status: 'running', items: invoices.map(itemOf), failure: null }));
    }
    return;
  }
  const next = batch.items.find(({ outcome }) => outcome === 'waiting');
  if (next === undefined) {
    await change((now) => ({ ...now, status: 'done', failure: null }));
    return;
  }
  await settle(next.invoiceId, await tried(next, batch.addsClients));
}

type Item = Batch['items'][number];

const itemOf = ({ id, number, contact }: Invoice): Item => ({
  invoiceId: id,
  contactId: contact?.id ?? '',
  number: number ?? '',
  outcome: 'waiting',
  draft: null,
  failure: null,
});

async function tried(
  { invoiceId, contactId }: Item,
  addsClient: boolean,
): Promise<Pick<Item, 'outcome' | 'draft' | 'failure'>> {
  tries = { invoiceId, count: tries.invoiceId === invoiceId ? tries.count + 1 : 1 };
  try {
    const invoice = listed?.get(invoiceId);
    if (invoice === undefined || contactId === '') throw new Failure('not-found');
    const made = await draftOnce(contactId, invoice, { addsClient, isBackground: true });
    return { outcome: made.created ? 'made' : 'there', draft: made.number, failure: null };
  } catch (error) {
    const failure = reportOf(error);
    // Anything else is true of the next one as well: the batch waits, or stops.
    if (!isOfTheItem(failure) && !isOddlyOften(failure, tries.count)) throw error;
    return { outcome: 'skipped', draft: null, failure };
  }
}

const settle = (invoiceId: string, result: Partial<Item>): Promise<void> =>
  change((now) => ({
    ...now,
    failure: null,
    items: now.items.map((item) => (item.invoiceId === invoiceId ? { ...item, ...result } : item)),
  }));

/** Changes the batch as it is now; a pause that the member pressed in the meantime stays. */
async function change(how: (now: Batch) => Batch): Promise<void> {
  await state.update((now) => {
    const changed = how(now);
    return now.status === 'paused' && changed.status !== 'done' ? { ...changed, status: 'paused' } : changed;
  });
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(ms, pauseMaxMs)));
