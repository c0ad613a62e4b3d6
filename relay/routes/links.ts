import { createLink, deleteLink, findLinks } from '../../shared/api/links.ts';
import { serve } from '../http/endpoint.ts';
import type { RelayApp } from '../http/env.ts';
import { insertLink, listLinks, removeLink } from '../store/links.ts';

/** Keeps which records of two systems are one person. Ids only: whose they are only the providers know. */
export function serveLinks(app: RelayApp): void {
  serve(app, findLinks, async ({ input, deps }) => ({
    links: await listLinks(deps.store, input.companyId, input.clientIds, input.contactIds),
  }));
  serve(app, createLink, async ({ input, caller, deps }) => {
    await insertLink(deps.store, caller.memberId, input.companyId, input, deps.now());
    return {};
  });
  serve(app, deleteLink, async ({ input, deps }) => {
    await removeLink(deps.store, input.companyId, input);
    return {};
  });
}
