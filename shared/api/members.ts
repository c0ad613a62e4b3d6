import { z } from 'zod';
import { defineEndpoint, NoInput, NoParams } from '../endpoint.ts';
import { ConnectionId, InstallationId, MemberId } from '../ids.ts';
import { GroupNames, InstallationEntry, MemberRole, NameLine } from '../member.ts';
import { ConnectionMethod } from '../provider.ts';
import { ConnectionStatus, Revocation } from './connections.ts';

/** A member as administrators and auditors see them: no secret, and nothing of what is behind a connection. */
export const MemberEntry = z.object({
  id: MemberId,
  name: z.string(),
  role: MemberRole,
  groups: z.array(z.string()),
  /** Of their work account: as it was told at the last sign-in, or as an administrator has named it. */
  email: z.string().nullable(),
  /** Epoch milliseconds. */
  createdAtMs: z.int(),
  /** How many invites of theirs can still be used. */
  invites: z.int(),
  installations: z.array(InstallationEntry),
  connections: z.array(
    z.object({
      id: ConnectionId,
      providerId: z.string(),
      status: ConnectionStatus,
      method: ConnectionMethod,
      createdAtMs: z.int(),
    }),
  ),
});
/** A member as administrators and auditors see them. */
export type MemberEntry = z.infer<typeof MemberEntry>;

/** A one-time invite, told once: either half of it uses up the whole. */
export const Invite = z.object({
  link: z.string(),
  /** To be read out: `7KQD-M2XW`. */
  code: z.string(),
  /** The link, epoch milliseconds. */
  expiresAtMs: z.int(),
  /** The code, which could be guessed, ends earlier; epoch milliseconds. */
  codeExpiresAtMs: z.int(),
});
/** A one-time invite, told once. */
export type Invite = z.infer<typeof Invite>;

const Member = z.object({ memberId: MemberId });

/** Everybody, with installations and connections. */
export const listMembers = defineEndpoint({
  id: 'listMembers',
  summary: 'List the members with their installations and connections',
  method: 'GET',
  path: '/v1/members',
  access: 'session',
  role: 'auditor',
  params: NoParams,
  input: NoInput,
  output: z.object({ members: z.array(MemberEntry) }),
  failures: ['not-admin'],
});

/** Adds a member, and makes the invite for their first installation. */
export const createMember = defineEndpoint({
  id: 'createMember',
  summary: 'Add a member and make an invite',
  method: 'POST',
  path: '/v1/members',
  access: 'session',
  role: 'admin',
  params: NoParams,
  input: z.strictObject({
    name: NameLine,
    role: MemberRole.default('member'),
    groups: GroupNames.default([]),
  }),
  output: z.object({ memberId: MemberId, invite: Invite }),
  failures: ['not-admin'],
});

/** Makes an invite for a further installation of a member. */
export const createInvite = defineEndpoint({
  id: 'createInvite',
  summary: 'Make an invite for a further installation of a member',
  method: 'POST',
  path: '/v1/members/:memberId/invites',
  access: 'session',
  role: 'admin',
  params: Member,
  input: NoInput,
  output: z.object({ invite: Invite }),
  failures: ['not-admin', 'not-found'],
});

/** What of a member can be changed; what is left out stays. */
export const MemberChange = z.strictObject({
  name: NameLine.optional(),
  role: MemberRole.optional(),
  groups: GroupNames.optional(),
});
/** What of a member can be changed. */
export type MemberChange = z.infer<typeof MemberChange>;

/** Changes a member; it holds from their next call on. */
export const changeMember = defineEndpoint({
  id: 'changeMember',
  summary: 'Change name, role or groups of a member',
  method: 'POST',
  path: '/v1/members/:memberId',
  access: 'session',
  role: 'admin',
  params: Member,
  input: MemberChange,
  output: z.object({}),
  failures: ['not-admin', 'not-found', 'last-admin'],
});

/** What became of a member's connections at the providers: only `revoked` is certain. */
export const Removal = z.object({
  installations: z.int(),
  connections: z.array(z.object({ id: ConnectionId, providerId: z.string(), revocation: Revocation })),
});
/** What was removed with a member. */
export type Removal = z.infer<typeof Removal>;

/** Removes a member with everything: sessions end, tokens are erased and taken back, the audit log keeps the ids. */
export const removeMember = defineEndpoint({
  id: 'removeMember',
  summary: 'Remove a member with everything of theirs',
  method: 'DELETE',
  path: '/v1/members/:memberId',
  access: 'session',
  role: 'admin',
  params: Member,
  input: NoInput,
  output: Removal,
  failures: ['not-admin', 'not-found', 'last-admin'],
});

/** Removes one installation: it is refused from its next call on, the member's others go on. */
export const removeInstallation = defineEndpoint({
  id: 'removeInstallation',
  summary: 'Remove one installation',
  method: 'DELETE',
  path: '/v1/installations/:installationId',
  access: 'session',
  role: 'admin',
  params: z.object({ installationId: InstallationId }),
  input: NoInput,
  output: z.object({}),
  failures: ['not-admin', 'not-found'],
});
