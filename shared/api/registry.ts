import type { Endpoint } from '../endpoint.ts';
import { readAudit } from './audit.ts';
import { deleteConnection, listConnections } from './connections.ts';
import { createDeviceFlow, deleteDeviceFlow, pollDeviceFlow, readDeviceFlow } from './device-flows.ts';
import { createEnrolment } from './enrolments.ts';
import { createFlow, exchangeFlow } from './flows.ts';
import { createGrant } from './grants.ts';
import { listProviders } from './providers.ts';
import { createLink, deleteLink, findLinks } from './links.ts';
import { createManualConnection } from './manual-connections.ts';
import {
  changeMember,
  createInvite,
  createMember,
  listMembers,
  removeInstallation,
  removeMember,
} from './members.ts';
import { setNotices } from './notices.ts';
import { changePolicy, readPolicy } from './policy.ts';
import { changeRecipes, readRecipes, reportRecipe } from './recipes.ts';
import { createSignIn, exchangeSignIn } from './sign-ins.ts';
import { listSites } from './sites.ts';
import { listTeamConnections, shareConnection } from './team-connections.ts';
import { checkVatNumber } from './vat-numbers.ts';
import { claimWrite, settleWrite } from './writes.ts';
import { createSession } from './sessions.ts';

/** Every endpoint of the relay's API, in the order of the documentation. */
export const endpoints: readonly Endpoint[] = [
  createEnrolment,
  createSignIn,
  exchangeSignIn,
  createSession,
  listProviders,
  createFlow,
  exchangeFlow,
  createDeviceFlow,
  readDeviceFlow,
  pollDeviceFlow,
  deleteDeviceFlow,
  createManualConnection,
  listConnections,
  createGrant,
  findLinks,
  createLink,
  deleteLink,
  setNotices,
  readRecipes,
  changeRecipes,
  reportRecipe,
  listSites,
  checkVatNumber,
  claimWrite,
  settleWrite,
  deleteConnection,
  listMembers,
  createMember,
  createInvite,
  changeMember,
  removeMember,
  removeInstallation,
  readAudit,
  listTeamConnections,
  shareConnection,
  readPolicy,
  changePolicy,
];
