import type { Migration } from './migration.ts';
import { firstLight } from './0001-first-light.ts';
import { manyInstances } from './0002-many-instances.ts';
import { deviceFlows } from './0003-device-flows.ts';
import { methods } from './0005-methods.ts';
import { rates } from './0004-rates.ts';
import { intents } from './0006-intents.ts';
import { webhooks } from './0007-webhooks.ts';
import { writes } from './0008-writes.ts';
import { recipes } from './0009-recipes.ts';
import { rolesColumn } from './0010-roles.ts';
import { people } from './0011-people.ts';
import { team } from './0012-team.ts';
import { signIns } from './0013-sign-ins.ts';
import { auditSearch } from './0014-audit-search.ts';
import { retiredKeys } from './0015-retired-keys.ts';
import { givenConnections } from './0016-given-connections.ts';

/** Every step, in order. */
export const migrations: readonly Migration[] = [
  firstLight,
  manyInstances,
  deviceFlows,
  rates,
  methods,
  intents,
  webhooks,
  writes,
  recipes,
  rolesColumn,
  people,
  team,
  signIns,
  auditSearch,
  retiredKeys,
  givenConnections,
];
