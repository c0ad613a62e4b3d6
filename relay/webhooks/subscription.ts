import { setTimeout as pause } from 'node:timers/promises';
import { actionOf, noticeActionOf } from '../../shared/actions.ts';
import { diagnose } from '../../shared/diagnose.ts';
import { Failure } from '../../shared/failure.ts';
import type { NoticeKind } from '../../shared/provider.ts';
import type { AuditSubject } from '../audit.ts';
import { readUpTo } from '../outbound/bounded-stream.ts';
import { parseJson } from '../outbound/parse-json.ts';
import { freshToken, type ConnectionDeps } from '../connection/fresh-token.ts';
import { newId } from '../keys/random.ts';
import type { StoredConnection } from '../store/connections.ts';
import {
  confirmWebhook,
  deleteWebhook,
  deleteWish,
  findWebhook,
  findWebhookOf,
  findWish,
  insertWebhook,
  isWished,
  saveWish,
  type NoticeWish,
} from '../store/webhooks.ts';
import { throttled } from '../provider/throttled-call.ts';
import type { Place } from '../keys/vault.ts';
import { webhookSources } from './registry.ts';
import type { WebhookApi } from './source.ts';

/** Least remaining life of a token that a webhook is made with, in milliseconds. */
const minTtlMs = 60_000;

/** Longest answer about a webhook that is read, in bytes. */
const answerMax = 256 * 1024;

/** How long the making of a webhook may take before somebody else may try, in milliseconds. */
export const makingMs = 60_000;

/** How long somebody waits for a webhook to end, in milliseconds. */
const endingMs = 3_000;

/** Where the sealed secret of a webhook stands. */
export const secretPlace = (id: string): Place => ({
  table: 'webhooks',
  row: id,
  column: 'secret',
  owner: [],
});

/** Path that the provider of a webhook delivers to. */
export const webhookPath = '/webhooks/:webhookId';

/** The whole address that the provider of a webhook delivers to. */
export const sinkOf = ({ config }: Pick<ConnectionDeps, 'config'>, id: string): string =>
  config.publicUrl + webhookPath.replace(':webhookId', id);

/**
 * Says what the member of a connection wants to be told of, and has the provider tell it if nobody has yet.
 *
 * @throws Failure `not-allowed` (not offered) · `missing-scope` · `missing-permission` · `provider-down` · as `freshToken`
 */
export async function wishNotices(
  deps: ConnectionDeps,
  stored: StoredConnection,
  wish: { kinds: NoticeKind[]; companyId: number | null },
  subject: AuditSubject,
): Promise<void> {
  if (wish.kinds.length === 0) return unwishNotices(deps, stored, subject);
  const source = webhookSources.get(stored.providerId);
  const offered = deps.config.providers.get(stored.providerId)?.notices ?? [];
  const account = source?.accountOf(stored.id, wish.companyId) ?? null;
  if (source === undefined || account === null || !wish.kinds.every((kind) => offered.includes(kind))) {
    throw new Failure('not-allowed');
  }
  // One wish for each connection: of another company nothing is heard any more.
  const before = await findWish(deps.store, stored.id);
  if (before !== null && before.companyId !== wish.companyId) await unwishNotices(deps, stored, subject);
  const api = apiOf(deps, stored, subject);
  const webhookId = await webhookFor(deps, stored, { account, companyId: wish.companyId }, api);
  const { id: connectionId, memberId } = stored;
  await saveWish(deps.store, { webhookId, connectionId, memberId, ...wish });
}

async function webhookFor(
  deps: ConnectionDeps,
  { id: connectionId, providerId }: StoredConnection,
  { account, companyId }: { account: string; companyId: number | null },
  api: WebhookApi,
): Promise<string> {
  const source = webhookSources.get(providerId);
  if (source === undefined) throw new Failure('not-allowed');
  let known = await findWebhookOf(deps.store, providerId, account);
  if (known?.remoteId === null && deps.now() - known.createdAtMs > makingMs) {
    // Whoever was making it has gone.
    await deleteWebhook(deps.store, known.id);
    known = null;
  }
  if (known !== null) {
    if (!(await source.mayShare(api, companyId))) throw new Failure('missing-permission');
    return known.id;
  }
  const id = newId('whk');
  const made = { id, providerId, account, remoteId: null, secret: null, createdAtMs: deps.now() };
  // Before the provider hears of the address: it may look at it at once.
  if (!(await insertWebhook(deps.store, made))) {
    const other = await findWebhookOf(deps.store, providerId, account);
    if (other === null || !(await source.mayShare(api, companyId))) throw new Failure('missing-permission');
    return other.id;
  }
  try {
    const { remoteId, secret } = await source.register(api, sinkOf(deps, id), companyId);
    const sealed = secret === null ? null : deps.vault.seal(secretPlace(id), secret);
    await confirmWebhook(deps.store, id, remoteId, sealed);
    deps.log.info({ webhookId: id, connectionId, providerId }, 'a webhook was made');
    return id;
  } catch (error) {
    await deleteWebhook(deps.store, id);
    throw error;
  }
}

/** Tells the member of a connection nothing more, and ends the provider's deliveries if nobody else wants them. */
export async function unwishNotices(
  deps: ConnectionDeps,
  stored: StoredConnection,
  subject: AuditSubject,
): Promise<void> {
  const wish = await deleteWish(deps.store, stored.id);
  if (wish !== null) await endUnwished(deps, stored, wish, subject);
}

/** Ends the provider's deliveries for a wish that was forgotten, if nobody else wants them. */
export async function endUnwished(
  deps: ConnectionDeps,
  stored: StoredConnection,
  wish: NoticeWish,
  subject: AuditSubject,
): Promise<void> {
  if (await isWished(deps.store, wish.webhookId)) return;
  const webhook = await findWebhook(deps.store, wish.webhookId);
  if (webhook === null) return;
  await deleteWebhook(deps.store, webhook.id);
  const source = webhookSources.get(stored.providerId);
  if (source === undefined || webhook.remoteId === null) return;
  // Where this fails, or takes longer than anybody waits, the next delivery finds nobody, which ends it too.
  const { remoteId } = webhook;
  const end = async (): Promise<void> =>
    source.unregister(apiOf(deps, stored, subject), remoteId, wish.companyId);
  const ending = end().catch((error: unknown) =>
    deps.log.info({ webhookId: webhook.id, err: error }, 'a webhook is left behind'),
  );
  await Promise.race([ending, pause(endingMs, undefined, { ref: false })]);
}

function apiOf(deps: ConnectionDeps, stored: StoredConnection, subject: AuditSubject): WebhookApi {
  const configured = deps.config.providers.get(stored.providerId);
  const action = noticeActionOf(stored.providerId);
  if (configured === undefined || action === null) throw new Failure('not-allowed');
  const { provider } = configured;
  const call = throttled(deps, provider, { memberId: stored.memberId, isBackground: false });
  return async (method, path, sent) => {
    const { accessToken } = await freshToken(deps, stored, minTtlMs, subject);
    const body =
      sent === undefined
        ? undefined
        : { content: Buffer.from(JSON.stringify(sent)), type: 'application/json' };
    const answer = await call({ method, path, query: '', accessToken, body });
    const read = parseJson(await readUpTo(answer, answerMax));
    if (answer.status === 401 || answer.status === 403 || answer.status === 429 || answer.status >= 500) {
      const { status, headers } = answer;
      const { scopes } = actionOf(action);
      throw await diagnose(
        provider,
        { method, status, headers, body: read, path, scopes, granted: stored.scopes },
        async () => null,
      );
    }
    return { ok: answer.ok, status: answer.status, body: read };
  };
}
