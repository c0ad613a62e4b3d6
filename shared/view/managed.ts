import { z } from 'zod';

/** What an organisation has set by policy, as far as it can be read; null where it has not set it. */
export const Managed = z.object({
  /** The only relay that may be joined. */
  relayOrigin: z.string().nullable(),
  /** Ids of the only providers that may be used. */
  providers: z.array(z.string()).nullable(),
  /** Origins of the only sites that may be worked on. */
  sites: z.array(z.string()).nullable(),
  /** What is set and cannot be read. A list among these is empty above: nothing is allowed rather than everything. */
  unreadable: z.array(z.enum(['relayOrigin', 'providers', 'sites'])),
});
/** What an organisation has set by policy, as far as it can be read. */
export type Managed = z.infer<typeof Managed>;

/** Whether the organisation lets the provider with this id be used. */
export const isProviderAllowed = ({ providers }: Managed, id: string): boolean =>
  providers === null || providers.includes(id);

/** Whether the organisation lets the site at `origin` be worked on. */
export const isSiteAllowed = ({ sites }: Managed, origin: string): boolean =>
  sites === null || sites.includes(origin);

/** Whether the organisation lets the relay at `origin` be used; none while the address it has set cannot be read. */
export const isRelayAllowed = ({ relayOrigin, unreadable }: Managed, origin: string): boolean =>
  !unreadable.includes('relayOrigin') && (relayOrigin === null || relayOrigin === origin);
