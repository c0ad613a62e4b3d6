import { z } from 'zod';
import { InstallationId } from './ids.ts';

/**
 * What a member may do for the team.
 *
 * `member`: works. `admin`: works, and changes what holds for all. `auditor`: reads lists and the audit log, changes
 * nothing anywhere, not even at a provider.
 */
export const MemberRole = z.enum(['member', 'admin', 'auditor']);
/** What a member may do for the team. */
export type MemberRole = z.infer<typeof MemberRole>;

/** One line that people read in lists: no control, format or invisible character, which could make it look like another. */
export const NameLine = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u);

/** An e-mail address in lower case: one `@`, ASCII alone, so two addresses that look alike are two addresses. */
export const EmailAddress = z
  .string()
  .trim()
  .max(200)
  .toLowerCase()
  .regex(/^[\x21-\x3f\x41-\x7e]{1,64}@[a-z0-9.-]{3,190}$/);

/** A group of members, by its name. Groups exist by being named. */
export const GroupName = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@/:-]{0,79}$/u);

/** The groups of one member. */
export const GroupNames = z.array(GroupName).max(50);

/** Which browser an installation says it is: shown to administrators, believed by nobody. */
export const BrowserName = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9 ._-]{0,39}$/),
  version: z.string().regex(/^\d{1,6}(?:\.\d{1,6}){0,3}$/),
});
/** Which browser an installation says it is. */
export type BrowserName = z.infer<typeof BrowserName>;

/** An installation as administrators see it. */
export const InstallationEntry = z.object({
  id: InstallationId,
  /** As the member's browser called itself. */
  name: z.string(),
  /** Null where it was enrolled before browsers were asked. */
  browser: z.object({ name: z.string(), version: z.string() }).nullable(),
  /** Epoch milliseconds. */
  createdAtMs: z.int(),
  /** Epoch milliseconds; up to a quarter of an hour late. */
  lastUsedAtMs: z.int(),
});
/** An installation as administrators see it. */
export type InstallationEntry = z.infer<typeof InstallationEntry>;
