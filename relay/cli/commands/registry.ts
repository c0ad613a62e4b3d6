import type { Command } from '../command.ts';
import { auditList, auditVerify } from './audit.ts';
import { backup } from './backup.ts';
import { connectionsDisconnect, connectionsList } from './connections.ts';
import { consoleLink } from './console.ts';
import { doctor } from './doctor.ts';
import { health } from './health.ts';
import { installationsList, installationsRemove } from './installations.ts';
import { invite } from './invite.ts';
import { keysRetire, keysRewrap, keysRotate } from './keys.ts';
import { membersAllowReturn, membersEmail, membersList, membersRemove, membersRole } from './members.ts';
import { migrateStoreCommand } from './migrate-store.ts';
import { recipesList, recipesPublish, recipesRollback } from './recipes.ts';
import { restore } from './restore.ts';
import { sitesList } from './sites.ts';
import { start } from './start.ts';
import { tokenAdd } from './token.ts';

/** Every command, in the order in which help and documentation name them. */
export const commands: readonly Command[] = [
  start,
  doctor,
  health,
  consoleLink,
  invite,
  membersList,
  membersRole,
  membersEmail,
  membersRemove,
  membersAllowReturn,
  installationsList,
  installationsRemove,
  connectionsList,
  connectionsDisconnect,
  tokenAdd,
  sitesList,
  recipesList,
  recipesPublish,
  recipesRollback,
  auditList,
  auditVerify,
  keysRotate,
  keysRewrap,
  keysRetire,
  backup,
  restore,
  migrateStoreCommand,
];
