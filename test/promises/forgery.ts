import { listConnections } from '../../shared/api/connections.ts';
import { Installation, type Forgery } from '../relay/installation.ts';

/** A call that needs proof and session, and changes nothing. */
export const list = { method: 'GET', path: listConnections.path };

/** A part of a compact JWT. */
export const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a part of a compact JWT says. */
export const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

/** Alters one of the three parts of a compact JWT. */
export const inPart =
  (index: 0 | 1 | 2, alter: (part: string) => string) =>
  (proof: string): string =>
    proof
      .split('.')
      .map((part, at) => (at === index ? alter(part) : part))
      .join('.');

/** Leaves one member out. */
export const without =
  (name: string) =>
  (members: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(members).filter(([key]) => key !== name));

/** Sets members. */
export const setting =
  (changes: Record<string, unknown>) =>
  (members: Record<string, unknown>): Record<string, unknown> => ({ ...members, ...changes });

/** One way in which a proof can be wrong. */
export interface Row {
  name: string;
  forge: (installation: Installation) => Forgery | Promise<Forgery>;
}
