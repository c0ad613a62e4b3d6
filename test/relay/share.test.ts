import { expect, it } from 'vitest';
import { giveBackConnection, shareWithTeam } from '../../relay/sharing/share.ts';
import { teamId } from '../../relay/store/members.ts';
import {
  findWish,
  insertNotice,
  insertWebhook,
  listWishedNotices,
  saveWish,
} from '../../relay/store/webhooks.ts';
import { openSandboxed } from './sandboxed.ts';

/** An administrator's own connection, with notices that they want and one that has come. */
async function openNoticed() {
  const { relay, connect } = await openSandboxed();
  const { deps, store } = relay;
  const ada = await relay.join('Ada Neri', { role: 'admin' });
  const { connection } = await connect(ada);
  const memberId = await relay.memberOf(ada);
  const webhook = { id: 'whk_1', providerId: 'fatture-in-cloud', account: 'x', createdAtMs: 1 };
  const wish = async () => {
    await insertWebhook(store, { ...webhook, remoteId: null, secret: null });
    await insertNotice(store, { id: 'n_1', webhookId: 'whk_1', kind: 'invoice-paid', notice: 'x', atMs: 1 });
    const wanted = { webhookId: 'whk_1', connectionId: connection.id, memberId, companyId: null };
    await saveWish(store, { ...wanted, kinds: ['invoice-paid'] });
  };
  await wish();
  const told = async () => (await listWishedNotices(store, 0, null, 9)).map((one) => one.memberId);
  expect(await told()).toEqual([memberId]);
  const give = () => shareWithTeam(deps, memberId, connection.id, 'everyone', {});
  return { deps, store, id: connection.id, memberId, wish, told, give };
}

it('the notices of a connection that is given away end with the giving, also where nothing comes after it', async () => {
  const { deps, store, id, memberId, told, give } = await openNoticed();
  const { transaction } = store;
  store.transaction = async (work) => {
    await transaction(work);
    throw new Error('the process is gone');
  };
  await expect(give()).rejects.toThrow('the process is gone');
  store.transaction = transaction;
  expect(await store.get('SELECT member_id FROM connections')).toEqual({ member_id: teamId });
  expect(await findWish(store, id)).toBeNull();
  await giveBackConnection(deps, id, {});
  expect(await store.get('SELECT member_id FROM connections')).toEqual({ member_id: memberId });
  expect(await told()).toEqual([]);
});

it('a wish that was on its way when the connection was given tells nobody', async () => {
  const { wish, told, give } = await openNoticed();
  await give();
  await wish();
  expect(await told()).toEqual([]);
});
