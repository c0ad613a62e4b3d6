import { z } from 'zod';
import { defineEndpoint, NoParams } from '../endpoint.ts';

/** A client of a company in Fatture in Cloud and a contact in Stora that are one person. */
export const Link = z.object({
  clientId: z.int().positive(),
  contactId: z.string().regex(/^con_[A-Za-z0-9]{1,60}$/),
});
/** Two records that are one person. */
export type Link = z.infer<typeof Link>;

const companyId = z.int().positive();

/** Links among records that the caller names: who does not know an id learns nothing of it. */
export const findLinks = defineEndpoint({
  id: 'findLinks',
  summary: 'Find which of these records are linked',
  method: 'POST',
  path: '/v1/links/find',
  access: 'session',
  params: NoParams,
  input: z.strictObject({
    companyId,
    clientIds: z.array(Link.shape.clientId).max(50),
    contactIds: z.array(Link.shape.contactId).max(50),
  }),
  output: z.object({ links: z.array(Link) }),
  failures: [],
});

/** Links two records for the whole team; linked already is as good. */
export const createLink = defineEndpoint({
  id: 'createLink',
  summary: 'Link two records that are one person',
  method: 'POST',
  path: '/v1/links',
  access: 'session',
  params: NoParams,
  input: z.strictObject({ companyId, ...Link.shape }),
  output: z.object({}),
  failures: [],
});

/** Takes a link back. */
export const deleteLink = defineEndpoint({
  id: 'deleteLink',
  summary: 'Take a link between two records back',
  method: 'POST',
  path: '/v1/links/delete',
  access: 'session',
  params: NoParams,
  input: z.strictObject({ companyId, ...Link.shape }),
  output: z.object({}),
  failures: [],
});
