import { z } from 'zod';
import { ConnectionStatus, deleteConnection } from '../../../shared/api/connections.ts';
import { ConnectionId } from '../../../shared/ids.ts';
import { ConnectionMethod } from '../../../shared/provider.ts';
import { disconnect } from '../../sharing/disconnect.ts';
import { noMetrics } from '../../observe/metrics.ts';
import { operator } from '../../audit.ts';
import { findOwner, listConnectionsWithMembers } from '../../store/listings.ts';
import { noTraces } from '../../observe/traces.ts';
import { columns, CommandError, defineCommand, Moment, momentOf, quoted, shortMoment } from '../command.ts';

/** The accounts at providers. */
export const connectionsList = defineCommand({
  words: 'connections list',
  summary: 'list the connections with their state and last refresh; "connections" alone does the same',
  example: 'connections',
  input: z.object({}),
  output: z.object({
    connections: z.array(
      z.object({
        connectionId: ConnectionId,
        memberId: z.string(),
        memberName: z.string(),
        providerId: z.string(),
        method: ConnectionMethod,
        status: ConnectionStatus,
        /** Whether the answer to the last refresh is still being sought. */
        isInDoubt: z.boolean(),
        connectedAt: Moment,
        refreshedAt: Moment,
      }),
    ),
  }),
  run: async ({ open }) => ({
    connections: (await listConnectionsWithMembers((await open()).store)).map(
      ({ createdAtMs, refreshedAtMs, refreshAskedAtMs, ...one }) =>
        Object.assign(one, {
          isInDoubt: refreshAskedAtMs !== null,
          connectedAt: momentOf(createdAtMs),
          refreshedAt: momentOf(refreshedAtMs),
        }),
    ),
  }),
  text: ({ connections }) =>
    columns(
      connections.map((one) => [
        one.connectionId,
        one.memberName === '' ? 'the team' : quoted(one.memberName),
        one.providerId,
        one.method,
        one.isInDoubt ? `${one.status}, in doubt` : one.status,
        one.method === 'manual-token' ? 'does not end' : `refreshed ${shortMoment(one.refreshedAt)}`,
      ]),
    ),
});

const Revocation = deleteConnection.output.shape.revocation;

const outcomes: Record<z.infer<typeof Revocation>, string> = {
  revoked: 'and taken back at the provider',
  failed: 'but the provider did not say that it took them back: remove the app there by hand',
  unsupported: 'and the provider has no way to take them back: remove the app there by hand',
};

/** Ends one connection. */
export const connectionsDisconnect = defineCommand({
  words: 'connections disconnect',
  summary: 'erase the tokens of one connection, and take them back at the provider where it has a way to',
  arguments: { connection: 'id of the connection (con_…)' },
  example: 'connections disconnect con_AAAAAAAAAAAAAAAAAAAAAA',
  input: z.object({ connection: z.string() }),
  output: z.object({ connectionId: ConnectionId, revocation: Revocation }),
  async run({ open }, { connection }) {
    const tools = await open();
    const connectionId = ConnectionId.safeParse(connection).data;
    const memberId = connectionId === undefined ? null : await findOwner(tools.store, connectionId);
    if (connectionId === undefined || memberId === null) throw new CommandError('No connection has this id.');
    const around = { ...tools, metrics: noMetrics, traces: noTraces };
    return {
      connectionId,
      revocation: await disconnect(around, connectionId, memberId, { ...operator, memberId }),
    };
  },
  text: ({ connectionId, revocation }) => [`${connectionId}: tokens erased ${outcomes[revocation]}.`],
});
