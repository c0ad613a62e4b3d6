import type { SqlValue } from '../../../relay/store/driver.ts';

/** One row as a relay of schema `since` (and later, until `until`) wrote it. */
export interface OldRow {
  since: number;
  until?: number;
  table: string;
  row: Record<string, SqlValue>;
}

/** A row of every table that any release had, in an order in which each finds what it refers to. */
export const oldRows: readonly OldRow[] = [
  { since: 1, table: 'members', row: { id: 'mem_1', name: 'Màrio Rossi', created_at_ms: 2 ** 44 } },
  { since: 10, table: 'members', row: { id: 'mem_2', name: 'Anna', created_at_ms: 1, role: 'admin' } },
  {
    since: 1,
    table: 'invites',
    row: { code_hash: 'i1', member_id: 'mem_1', created_at_ms: 1, expires_at_ms: 2, used_at_ms: null },
  },
  {
    since: 1,
    table: 'installations',
    row: { id: 'ins_1', member_id: 'mem_1', name: 'Firefox', thumbprint: 't1', created_at_ms: 5 },
  },
  { since: 1, table: 'sessions', row: { token_hash: 's1', installation_id: 'ins_1', expires_at_ms: 9 } },
  {
    since: 1,
    table: 'flows',
    row: {
      id: 'flo_1',
      installation_id: 'ins_1',
      thumbprint: 't1',
      provider_id: 'fatture-in-cloud',
      scopes: '["entity.clients:r"]',
      state: 'x',
      code_challenge: 'y',
      provider_verifier: null,
      redirect_kind: 'chrome',
      status: 'open',
      expires_at_ms: 9,
    },
  },
  {
    since: 1,
    table: 'connections',
    row: {
      id: 'con_1',
      member_id: 'mem_1',
      provider_id: 'fatture-in-cloud',
      status: 'active',
      scopes: '["entity.clients:r"]',
      access_token: '1.k.a',
      access_expires_at_ms: 2 ** 44,
      refresh_token: '1.k.r',
      token_version: 3,
      created_at_ms: 1,
      refreshed_at_ms: 2,
    },
  },
  {
    since: 1,
    until: 1,
    table: 'audit',
    row: { sequence: 1, at_ms: 7, event: 'grant_issued', outcome: 'done', connection_id: 'con_1' },
  },
  { since: 4, table: 'rate_counts', row: { key_hash: 'r', window_number: 1, count: 3 } },
  {
    since: 3,
    table: 'device_flows',
    row: {
      id: 'dev_1',
      installation_id: 'ins_1',
      thumbprint: 't1',
      provider_id: 'fatture-in-cloud',
      scopes: '[]',
      device_code: '1.k.d',
      interval_seconds: 5,
      poll_after_ms: 1,
      expires_at_ms: 2,
    },
  },
  {
    since: 6,
    table: 'intents',
    row: {
      id: 'int_1',
      connection_id: 'con_1',
      member_id: 'mem_1',
      action_id: 'stora.note.create',
      method: 'POST',
      path: '/x',
      body: '1.k.b',
      status: 'started',
      contact_id: null,
      attempts: 1,
      due_at_ms: 1,
      created_at_ms: 1,
    },
  },
  {
    since: 6,
    table: 'links',
    row: { member_id: 'mem_1', company_id: 101, client_id: 7, contact_id: 'con_x', created_at_ms: 1 },
  },
  {
    since: 7,
    table: 'webhooks',
    row: {
      id: 'whk_1',
      provider_id: 'stora',
      account: 'con_1',
      remote_id: 'we_1',
      secret: '1.k.w',
      created_at_ms: 1,
    },
  },
  {
    since: 7,
    table: 'notice_wishes',
    row: { webhook_id: 'whk_1', connection_id: 'con_1', member_id: 'mem_1', company_id: null, kinds: '[]' },
  },
  {
    since: 7,
    table: 'notices',
    row: { id: 'not_1', webhook_id: 'whk_1', kind: 'invoice-paid', notice: '1.k.n', at_ms: 1 },
  },
  { since: 8, table: 'writes', row: { key: 'w', member_id: 'mem_1', until_ms: 9 } },
  { since: 9, table: 'recipe_sets', row: { version: 1, text: '{}', signature: 's', published_at_ms: 1 } },
  {
    since: 9,
    table: 'recipe_alarms',
    row: { recipe_id: 'x', host: 'h', missing: '[]', reports: 1, first_at_ms: 1, last_at_ms: 1 },
  },
  { since: 12, table: 'policies', row: { version: 1, text: '{}', changed_at_ms: 1 } },
  {
    since: 13,
    table: 'identities',
    row: { issuer: 'https://i', subject: 's', member_id: 'mem_1', email: 'a@b.it', created_at_ms: 1 },
  },
  {
    since: 13,
    table: 'sign_ins',
    row: {
      id: 'sig_1',
      thumbprint: 't1',
      state: 'x',
      secrets: '1.k.s',
      code_challenge: 'c',
      redirect_kind: 'chrome',
      status: 'open',
      expires_at_ms: 9,
    },
  },
  {
    since: 13,
    table: 'console_sessions',
    row: { token_hash: 'k1', member_id: 'mem_1', expires_at_ms: 9, last_used_at_ms: 1 },
  },
  { since: 15, table: 'retired_keys', row: { key_id: '0a1b2c3d', retired_at_ms: 9 } },
];

/** Those of a database of schema `version`. */
export const rowsAt = (version: number): OldRow[] =>
  oldRows.filter(({ since, until = Infinity }) => since <= version && version <= until);

/** Adds it, in the dialect of either database. */
export const insertOf = ({ table, row }: OldRow): string =>
  `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row)
    .map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
    .join(', ')})`;
