import { z } from 'zod';
import { Provider } from '../shared/provider.ts';
import { isSafeUrl } from '../shared/safe-url.ts';
import type { Managed } from '../shared/view/managed.ts';

const isOrigin = (text: string): boolean => {
  if (!URL.canParse(text) || text.includes('*')) return false;
  const { protocol, origin, href } = new URL(text);
  // Nothing behind the origin: who writes a path means less than the whole site, and would get it.
  return /^https?:$/.test(protocol) && href === `${origin}/`;
};

/** An address such as `https://shop.example`, with or without a slash at its end. */
const Origin = z
  .string()
  .max(300)
  .refine(isOrigin)
  .transform((text) => new URL(text).origin);

/** Whether a relay may be at this origin: everything it is trusted with goes there. Loopback is for the sandbox build. */
const isRelayOrigin = (origin: string): boolean => {
  const { protocol, hostname } = new URL(origin);
  const isFit = protocol === 'https:' || (import.meta.env.MODE === 'sandbox' && hostname === '127.0.0.1');
  return isFit && isSafeUrl(origin);
};

/**
 * All that an organisation can set by policy (`storage.managed`).
 *
 * The schema file that Chrome wants is made of this at build.
 */
const ManagedSettings = z.object({
  relayOrigin: Origin.refine(isRelayOrigin)
    .optional()
    .meta({ description: 'The only relay that may be joined; https.' }),
  providers: z
    .array(Provider.shape.id)
    .max(100)
    .optional()
    .meta({ description: 'Ids of the only providers that may be used.' }),
  sites: z.array(Origin).max(1_000).optional().meta({
    description: 'Origins of the only sites that may be worked on; they are offered to every member.',
  }),
});

type Key = keyof typeof ManagedSettings.shape;

/**
 * Reads what an organisation has set, each setting by itself: one that cannot be read takes nothing from the others, and is
 * named in `unreadable`.
 *
 * @param found what the browser answers; anything that is no object makes every setting unreadable
 */
export function parseManaged(found: unknown): Managed {
  const isObject = typeof found === 'object' && found !== null && !Array.isArray(found);
  const unreadable: Key[] = [];
  const read = <Name extends Key>(name: Name): z.infer<(typeof ManagedSettings.shape)[Name]> => {
    const value: unknown = isObject ? (found as Record<string, unknown>)[name] : null; // an object, as just seen
    const parsed = ManagedSettings.shape[name].safeParse(value);
    if (!parsed.success) unreadable.push(name);
    return parsed.data as z.infer<(typeof ManagedSettings.shape)[Name]>; // by the schema of this very name
  };
  const [relayOrigin, providers, sites] = [read('relayOrigin'), read('providers'), read('sites')];
  const listOf = (name: Key, list: string[] | undefined): string[] | null =>
    list ?? (unreadable.includes(name) ? [] : null);
  return {
    relayOrigin: relayOrigin ?? null,
    providers: listOf('providers', providers),
    sites: listOf('sites', sites),
    unreadable,
  };
}

/**
 * The schema file for Chrome (`storage.managed_schema`), as JSON.
 *
 * Types alone: Chrome leaves out, without a word to the extension, whatever does not fit, and a list of allowed sites that is
 * left out would allow them all. What has the right type reaches `parseManaged`, which closes instead.
 */
export function chromeManagedSchema(): string {
  const { type, properties } = z.toJSONSchema(ManagedSettings, {
    io: 'input',
    override({ jsonSchema }) {
      for (const name of ['pattern', 'maxLength', 'maxItems'] as const) delete jsonSchema[name];
    },
  });
  return `${JSON.stringify({ type, properties }, null, 2)}\n`;
}
