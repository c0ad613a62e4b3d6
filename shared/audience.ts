import { z } from 'zod';
import { MemberId } from './ids.ts';
import { GroupName, MemberRole } from './member.ts';

/** Who a rule is about: everybody, or whoever has one of these roles, is in one of these groups, or is named. */
export const Audience = z.union([
  z.literal('everyone'),
  z.strictObject({
    roles: z.array(MemberRole).max(3).default([]),
    groups: z.array(GroupName).max(100).default([]),
    members: z.array(MemberId).max(1_000).default([]),
  }),
]);
/** Who a rule is about; an object that names nobody is nobody. */
export type Audience = z.infer<typeof Audience>;

/** What of a member rules look at. */
export interface Standing {
  memberId: MemberId;
  role: MemberRole;
  groups: readonly string[];
}

/** Whether a rule for `audience` is about this member. */
export function isIn(audience: Audience, { memberId, role, groups }: Standing): boolean {
  if (audience === 'everyone') return true;
  return (
    audience.roles.includes(role) ||
    audience.members.includes(memberId) ||
    audience.groups.some((group) => groups.includes(group))
  );
}
