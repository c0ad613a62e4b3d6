import { z } from 'zod';
import { Client, type NewClient } from '../fatture-in-cloud/client.ts';
import type { Call } from './action.ts';

const Created = z.object({ data: Client });

/** Creates a client with exactly the fields given. Fatture in Cloud makes a second one if it is called twice. */
export async function createClient(call: Call, companyId: number, client: NewClient): Promise<Client> {
  const answer = await call({
    method: 'POST',
    path: `/c/${companyId}/entities/clients`,
    body: { data: client },
    schema: Created,
  });
  return answer.data;
}
