import { z } from 'zod';

/** Textual form of an identifier: a three-letter prefix, `_`, and 128 random bits in base64url (22 characters). */
const identifier = (prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[A-Za-z0-9_-]{22}$`))
    .meta({ examples: [`${prefix}_AAAAAAAAAAAAAAAAAAAAAA`] });

/** One attempt to connect: `flw_…`. */
export const FlowId = identifier('flw').brand<'FlowId'>();
/** One attempt to connect: `flw_…`. */
export type FlowId = z.infer<typeof FlowId>;

/** One attempt to sign in at the team's identity provider: `sgn_…`. */
export const SignInId = identifier('sgn').brand<'SignInId'>();
/** One attempt to sign in at the team's identity provider: `sgn_…`. */
export type SignInId = z.infer<typeof SignInId>;

/** One attempt to connect with a code typed at the provider: `dev_…`. */
export const DeviceFlowId = identifier('dev').brand<'DeviceFlowId'>();
/** One attempt to connect with a code typed at the provider: `dev_…`. */
export type DeviceFlowId = z.infer<typeof DeviceFlowId>;

/** A member's granted access to one provider account: `con_…`. */
export const ConnectionId = identifier('con').brand<'ConnectionId'>();
/** A member's granted access to one provider account: `con_…`. */
export type ConnectionId = z.infer<typeof ConnectionId>;

/** One copy of the extension: `ins_…`. */
export const InstallationId = identifier('ins').brand<'InstallationId'>();
/** One copy of the extension: `ins_…`. */
export type InstallationId = z.infer<typeof InstallationId>;

/** A person on the team: `mem_…`. */
export const MemberId = identifier('mem').brand<'MemberId'>();
/** A person on the team: `mem_…`. */
export type MemberId = z.infer<typeof MemberId>;
