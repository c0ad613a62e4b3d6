import { z } from 'zod';
import { GroupName, MemberRole } from '../../shared/member.ts';
import { Secret } from '../keys/secret.ts';

/** The team's identity provider, and whom of it the team takes in. */
export interface SsoSettings {
  /** Exactly as the provider says it of itself. */
  issuer: string;
  clientId: string;
  clientSecret: Secret;
  /** Lower case; an address belongs to a domain only if it is exactly this one. */
  domains: readonly string[];
  /** What is asked for. */
  scope: string;
  /** The claim that names a member's groups; null where groups are given at the relay. */
  groupsClaim: string | null;
  /** Which groups have which role; empty where roles are given at the relay. */
  roles: ReadonlyArray<{ group: string; role: MemberRole }>;
}

const list = z
  .string()
  .transform((text) => text.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()])));

const RoleOfGroup = z.object({ group: GroupName, role: MemberRole });

const isLoopback = (url: URL): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);

const Settings = z.object({
  /** Address of an OpenID Connect provider: whoever signs in there may join, as the settings below say. */
  STAFFETTA_SSO_ISSUER: z
    .url({ protocol: /^https?$/, error: 'must be an https URL' })
    .refine((text) => text.startsWith('https:') || (URL.canParse(text) && isLoopback(new URL(text))), {
      error: 'must be an https URL',
    })
    .optional(),
  /** Client id of the relay there. */
  STAFFETTA_SSO_CLIENT_ID: z.string().min(1).max(300).optional(),
  /** Its client secret. */
  STAFFETTA_SSO_CLIENT_SECRET: z.string().min(1).max(500).optional(),
  /** Domains of e-mail addresses that may join, comma-separated. */
  STAFFETTA_SSO_DOMAINS: list
    .pipe(
      z.array(
        z
          .string()
          .toLowerCase()
          .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}$/, {
            error: 'must be domains such as example.com',
          }),
      ),
    )
    .default([]),
  /** What is asked for, separated by blanks. */
  STAFFETTA_SSO_SCOPE: z
    .string()
    .regex(/^openid(?: [\x21-\x7e]+)*$/, { error: 'must begin with openid' })
    .default('openid email profile'),
  /** Claim that names a member's groups. */
  STAFFETTA_SSO_GROUPS_CLAIM: z.string().min(1).max(200).optional(),
  /** Which groups have which role, comma-separated: `IT=admin,Revisori=auditor`. */
  STAFFETTA_SSO_ROLES: list
    .transform((entries, context) => {
      const roles = z.array(RoleOfGroup).safeParse(
        entries.map((entry) => {
          const at = entry.lastIndexOf('=');
          return { group: entry.slice(0, at), role: entry.slice(at + 1) };
        }),
      );
      if (roles.success) return roles.data;
      context.addIssue({ code: 'custom', message: 'must be groups with roles such as IT=admin' });
      return z.NEVER;
    })
    .default([]),
});

/** Names of these settings. */
export const ssoSettingNames: readonly string[] = Object.keys(Settings.shape);

/**
 * Reads the settings of single sign-on from the environment.
 *
 * @param faults takes what is wrong with them, with the names of the settings and without values
 * @returns null where there is none
 */
export function readSsoSettings(
  environment: Readonly<Record<string, string | undefined>>,
  faults: string[],
): SsoSettings | null {
  const { data, error } = Settings.safeParse(environment);
  if (data === undefined) {
    const found = error.issues.map(({ path, message }) => `${String(path[0])} ${message}`);
    faults.push(...new Set(found));
    return null;
  }
  const issuer = data.STAFFETTA_SSO_ISSUER;
  if (issuer === undefined) return null;
  const { STAFFETTA_SSO_CLIENT_ID: clientId, STAFFETTA_SSO_CLIENT_SECRET: clientSecret } = data;
  const domains = data.STAFFETTA_SSO_DOMAINS;
  const groupsClaim = data.STAFFETTA_SSO_GROUPS_CLAIM ?? null;
  const roles = data.STAFFETTA_SSO_ROLES;
  if (clientId === undefined || clientSecret === undefined) {
    faults.push('STAFFETTA_SSO_ISSUER needs STAFFETTA_SSO_CLIENT_ID and STAFFETTA_SSO_CLIENT_SECRET');
  }
  // Without, everybody with an account at a public provider could join.
  if (domains.length === 0) faults.push('STAFFETTA_SSO_ISSUER needs STAFFETTA_SSO_DOMAINS');
  if (roles.length > 0 && groupsClaim === null) {
    faults.push('STAFFETTA_SSO_ROLES needs STAFFETTA_SSO_GROUPS_CLAIM');
  }
  if (clientId === undefined || clientSecret === undefined) return null;
  const scope = data.STAFFETTA_SSO_SCOPE;
  return {
    issuer,
    clientId,
    clientSecret: new Secret(clientSecret),
    domains,
    scope,
    groupsClaim,
    roles,
  };
}
