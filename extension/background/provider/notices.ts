import { z } from 'zod';
import { noticeActionOf } from '../../../shared/actions.ts';
import {
  noticeBeatMs,
  NoticeLine,
  noticesPath,
  setNotices as setAtRelay,
} from '../../../shared/api/notices.ts';
import type { Notice } from '../../../shared/api/notices.ts';
import { Failure } from '../../../shared/failure.ts';
import { NoticeKind } from '../../../shared/provider.ts';
import { providers } from '../../../shared/providers/registry.ts';
import { isProviderAllowed } from '../../../shared/view/managed.ts';
import { ficNoticePlace } from '../../actions/fic.notice.receive.ts';
import { storaNoticePlace } from '../../actions/stora.notice.receive.ts';
import { browser } from '../../browser.ts';
import { slot } from '../../storage.ts';
import { money, noticeKindText } from '../../text.ts';
import { callFor, readCompany, readConnection } from './account.ts';
import { setAction } from './actions.ts';
import { readManaged } from '../wire/managed.ts';
import { readInstallation } from '../wire/installation.ts';
import { beforeJoining } from '../wire/joining.ts';
import { callRelay, openRelayStream } from '../wire/relay.ts';

const Wish = z.object({ kinds: z.array(NoticeKind), companyId: z.int().nullable() });

/** What the member wants to be told of, by provider. */
const wishes = slot('local', 'notices', z.record(z.string(), Wish));

/** What the relay was told of it, by provider: the connection and the wish, so that a change of either is told again. */
const told = slot('session', 'notices-told', z.record(z.string(), z.string()), 'team');

/** What was heard last; kept over restarts, so that nothing is shown twice and nothing missed is lost. */
const heard = slot(
  'local',
  'notices-heard',
  z.object({ sinceMs: z.int(), ids: z.array(z.string()) }),
  'team',
);

/** Written at every sign of life: a call of the browser's own API is what keeps Chrome's worker from being ended as idle. */
const beat = slot('session', 'notices-beat', z.number());

/** How many ids of notices are remembered. */
const rememberedMax = 200;

/** After how long without a sign of life a stream counts as broken, in milliseconds. */
const silenceMs = 2.5 * noticeBeatMs;

/** Pauses before a stream is opened again, in milliseconds: after it ended as it should or failed once, and at most. */
const pauseMs = { first: 2_000, last: 60_000 };

/** The alarm that opens the stream again where the browser has ended the background meanwhile. */
const alarmName = 'notices';

/** What a provider offers to tell of, and what of it the member wants. */
export async function readNotices({ id, notices }: { id: string; notices: readonly NoticeKind[] }) {
  const on = (await wishes.read())?.[id]?.kinds ?? [];
  return notices.map((kind) => ({ kind, isOn: on.includes(kind) }));
}

/**
 * Says whether the member wants to be told of one kind of thing of a provider.
 *
 * @throws Failure `missing-scope` (connect again, then it works by itself) · as `callRelay`
 */
export async function setNotice(providerId: string, kind: NoticeKind, isOn: boolean): Promise<void> {
  const action = noticeActionOf(providerId);
  if (action === null) throw new Failure('not-allowed');
  const companyId = await companyFor(providerId);
  const wished = await wishes.change((before) => {
    const others = (before?.[providerId]?.kinds ?? []).filter((other) => other !== kind);
    return { ...before, [providerId]: { kinds: [...others, ...(isOn ? [kind] : [])], companyId } };
  });
  await setAction(action, (wished[providerId]?.kinds ?? []).length > 0);
  listenForNotices();
  await tell(providerId);
}

/** A company's events are asked for by company; Stora's account is one. */
async function companyFor(providerId: string): Promise<number | null> {
  if (providerId !== 'fatture-in-cloud') return null;
  const connection = await readConnection(providerId);
  const company = connection === null ? null : await readCompany(connection);
  if (company === null) throw new Failure('company-not-chosen');
  return company.id;
}

/** Tells the relay of a wish, unless it knows. */
async function tell(providerId: string): Promise<void> {
  const wish = (await wishes.read())?.[providerId];
  const action = noticeActionOf(providerId);
  if (wish === undefined || action === null) return;
  const connection = await readConnection(providerId);
  if (connection === null) return;
  const text = JSON.stringify([connection.id, connection.createdAtMs, wish]);
  if ((await told.read())?.[providerId] === text) return;
  // Finds a missing permission before anything is sent.
  if (wish.kinds.length > 0) await callFor(action);
  await callRelay(setAtRelay, { connectionId: connection.id }, wish);
  await told.change((before) => ({ ...before, [providerId]: text }));
}

/** Tells the relay all it does not know: after a connection was made, or another company chosen. */
export async function tellNotices(): Promise<void> {
  const wished = Object.entries((await wishes.read()) ?? {});
  for (const [providerId, { kinds }] of wished) {
    if (kinds.length === 0) continue;
    // One that cannot be told must not silence the others; the popup says why when it is opened.
    await follow(providerId).catch(() => undefined);
  }
}

async function follow(providerId: string): Promise<void> {
  const companyId = await companyFor(providerId);
  await wishes.change((before) => {
    const wish = before?.[providerId];
    return wish === undefined ? (before ?? {}) : { ...before, [providerId]: { ...wish, companyId } };
  });
  await tell(providerId);
}

/** Forgets what was wanted of a connection that is no more. */
export async function clearNotices(connectionId: string): Promise<void> {
  await told.change((before) =>
    Object.fromEntries(Object.entries(before ?? {}).filter(([, text]) => !text.includes(connectionId))),
  );
}

const isWanted = async (): Promise<boolean> =>
  (await readInstallation()) !== null &&
  Object.values((await wishes.read()) ?? {}).some(({ kinds }) => kinds.length > 0);

let listening: Promise<void> | null = null;

/** Ends the stream that is open. */
let endStream: () => void = () => undefined;

beforeJoining(async () => endStream());

/** Opens the stream of notices if somebody wants it and it is not open; keeps it open for as long as that lasts. */
export function listenForNotices(): void {
  listening ??= listen()
    .catch((error: unknown) => console.error(error))
    .finally(() => {
      listening = null;
    });
}

/** What the alarm does. */
export function onNoticeAlarm({ name }: { name: string }): void {
  if (name === alarmName) listenForNotices();
}

async function listen(): Promise<void> {
  if (!(await isWanted())) {
    await browser.alarms.clear(alarmName);
    return;
  }
  await browser.alarms.create(alarmName, { periodInMinutes: 1 });
  let pause = pauseMs.first;
  while (await isWanted()) {
    const hasWorked = await readStream().then(
      () => true,
      () => false,
    );
    pause = hasWorked ? pauseMs.first : Math.min(pause * 2, pauseMs.last);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Shows what comes until the stream ends. */
async function readStream(): Promise<void> {
  await tellNotices();
  const controller = new AbortController();
  endStream = () => controller.abort();
  let timer = setTimeout(() => controller.abort(), silenceMs);
  const { sinceMs } = (await heard.read()) ?? { sinceMs: 0 };
  try {
    const response = await openRelayStream(`${noticesPath}?since=${sinceMs}`, controller.signal);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (reader !== undefined) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), silenceMs);
      const lines = (text + value).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (controller.signal.aborted) return;
        await take(NoticeLine.parse(JSON.parse(line)), controller.signal);
      }
      if (!(await isWanted())) return;
    }
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/** Shows what a line says, once. `signal`: its stream was ended, and what was heard on it is forgotten by now. */
async function take(line: NoticeLine, signal: AbortSignal): Promise<void> {
  if ('beatAtMs' in line) {
    await beat.write(line.beatAtMs);
    // The first beat is the beginning: what happened before anybody listened is not told.
    if ((await heard.read()) === null && !signal.aborted)
      await heard.write({ sinceMs: line.beatAtMs, ids: [] });
    return;
  }
  const { notice } = line;
  const before = (await heard.read()) ?? { sinceMs: 0, ids: [] };
  if (before.ids.includes(notice.id)) return;
  await show(notice);
  if (signal.aborted) return;
  await heard.write({
    sinceMs: Math.max(before.sinceMs, notice.atMs),
    ids: [...before.ids, notice.id].slice(-rememberedMax),
  });
}

async function show(notice: Notice): Promise<void> {
  if (!isProviderAllowed(await readManaged(), notice.providerId)) return;
  // The member may have taken the permission back in the browser's settings.
  if (!(await browser.permissions.contains({ permissions: ['notifications'] }))) return;
  const provider = providers.get(notice.providerId)?.name ?? '';
  const sum = notice.amount === null ? '' : money(notice.amount);
  await browser.notifications.create(`${notice.providerId} ${notice.id}`, {
    type: 'basic',
    iconUrl: browser.runtime.getURL('/icon/128.png'),
    title: noticeKindText(notice.kind),
    message: [notice.title, sum, provider].filter((part) => part !== '').join(' · '),
  });
}

/** Opens the place where a notification leads, and puts it away. */
export async function openNoticePlace(notificationId: string): Promise<void> {
  await browser.notifications.clear(notificationId);
  const place = notificationId.startsWith('stora ') ? storaNoticePlace : ficNoticePlace;
  if (place !== null) await browser.tabs.create({ url: place });
}
