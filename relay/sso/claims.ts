import { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import { EmailAddress, GroupName, NameLine, type MemberRole } from '../../shared/member.ts';
import type { SsoSettings } from '../config/sso-settings.ts';

/** Who somebody is, once the team takes them in. */
export interface SignedIn {
  issuer: string;
  subject: string;
  /** Lower case. */
  email: string;
  name: string;
  /** Null where groups are given at the relay. */
  groups: readonly string[] | null;
  /** Null where roles are given at the relay. */
  role: MemberRole | null;
}

/** What is read of an identity provider's word; all else is left there. */
const Claims = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  email: EmailAddress,
  email_verified: z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })]),
  name: z.string().optional(),
});

/** Most groups that are kept of one member. */
const groupsMax = 50;

const order: readonly MemberRole[] = ['admin', 'auditor', 'member'];

/**
 * Reads whom the claims speak of, if the team takes them in: with a verified address of one of its domains.
 *
 * @throws Failure `sign-in-refused`
 */
export function readClaims(settings: SsoSettings, claims: Readonly<Record<string, unknown>>): SignedIn {
  const { data } = Claims.safeParse(claims);
  if (data === undefined || data.iss !== settings.issuer || !data.email_verified) {
    throw new Failure('sign-in-refused');
  }
  const { email } = data;
  if (!settings.domains.includes(email.slice(email.indexOf('@') + 1))) throw new Failure('sign-in-refused');
  const groups = settings.groupsClaim === null ? null : groupsIn(claims[settings.groupsClaim]);
  const named = new Set(groups);
  const found = new Set(settings.roles.filter(({ group }) => named.has(group)).map(({ role }) => role));
  return {
    issuer: data.iss,
    subject: data.sub,
    email,
    name: NameLine.safeParse((data.name ?? '').slice(0, 80)).data ?? email.slice(0, 80),
    groups,
    role: settings.roles.length === 0 ? null : (order.find((role) => found.has(role)) ?? 'member'),
  };
}

/** The groups in a claim: a list, or one; what is no name of a group is left out. */
const groupsIn = (claim: unknown): string[] =>
  [claim]
    .flat()
    .flatMap((entry) => {
      const name = GroupName.safeParse(entry).data;
      return name === undefined ? [] : [name];
    })
    .slice(0, groupsMax);
