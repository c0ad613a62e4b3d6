import { brokeredPath, diagnosisHeader } from '../../../shared/api/broker.ts';
import type { Connection } from '../../../shared/api/connections.ts';
import { Failure, failureOf, Problem } from '../../../shared/failure.ts';
import type { Transport } from '../../../extension/actions/call.ts';
import type { Installation } from '../../relay/installation.ts';

/** What the extension does in `background/call.ts`, without a browser. */
export const direct = (origin: string, accessToken: string): Transport => ({
  isBrokered: false,
  send: ({ method, path, body }) =>
    fetch(origin + path, {
      method,
      headers: {
        Authorization: `Bearer ${accessToken}`,
        ...(typeof body === 'string' ? { 'Content-Type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body }),
    }),
});

/** What it does in `background/relay.ts`. */
export const brokered = (installation: Installation, connection: Connection): Transport => ({
  isBrokered: true,
  async send({ method, path, body, key }) {
    const [pathname = '', query = ''] = brokeredPath(connection.id, path).split('?');
    const url = `${installation.relay.publicUrl}${pathname}${query === '' ? '' : `?${query}`}`;
    const request = { method, path: pathname, body, access: 'session' as const };
    const headers = key === undefined ? {} : { 'Idempotency-Key': key };
    const response = await installation.send(request, { url, headers }).catch((error: unknown) => {
      throw new Failure(method === 'GET' ? 'relay-down' : 'outcome-unknown', { cause: error });
    });
    const isOwn = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
    if (isOwn && !response.headers.has(diagnosisHeader))
      throw failureOf(Problem.parse(await response.json()));
    return response;
  },
});
