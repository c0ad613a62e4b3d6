import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Provider, Scope, type ConnectionMethod } from '../../shared/provider.ts';
import { isSafeUrl } from '../../shared/safe-url.ts';

/** A scope as the file has it; one that says nothing of itself is told by its name and taken as the right to write. */
const FileScope = z
  .union([
    Scope.shape.name.transform((name) => ({ name })),
    z.strictObject({
      name: Scope.shape.name,
      resource: z.string().min(1).max(100).optional(),
      level: z.enum(['read', 'write']).optional(),
      meaning: Scope.shape.meaning.optional(),
    }),
  ])
  .transform(({ name, ...given }): Scope => {
    const { resource = name, level = 'write', meaning = { it: name, en: name } } = given as Partial<Scope>; // or none
    return { name, resource, level, meaning };
  });

const { shape } = Provider;

/** A plain OAuth 2.0 provider in few lines: what is left out is what most providers do. */
const FileProvider = z
  .strictObject({
    id: shape.id,
    name: z.string().min(1).max(80),
    origin: shape.origin.refine((text) => isSafeUrl(text) && new URL(text).origin === text, {
      error: 'must be an origin with https, without path',
    }),
    authorizationEndpoint: shape.authorizationEndpoint,
    tokenEndpoint: shape.tokenEndpoint,
    tokenRequest: shape.tokenRequest.default('form'),
    revocationEndpoint: shape.revocationEndpoint.default(null),
    deviceAuthorizationEndpoint: shape.deviceAuthorizationEndpoint.default(null),
    clientAuthentication: z.enum(['basic', 'post']).default('basic'),
    device: shape.device.unwrap().default({ client: 'confidential', request: 'form' }),
    pkce: z.boolean().default(true),
    issuer: shape.issuer.default(null),
    rotates: z.boolean().default(true),
    accessSeconds: z.int().min(30).default(3600),
    refreshIdleSeconds: z.int().positive().nullable().default(null),
    accessMode: shape.accessMode.default('direct'),
    revocationSteps: shape.revocationSteps.optional(),
    scopes: z.array(FileScope).min(1),
  })
  .transform(
    ({
      clientAuthentication,
      rotates,
      accessSeconds,
      refreshIdleSeconds,
      revocationSteps,
      device,
      ...rest
    }): Provider => ({
      ...rest,
      methods: ['authorization-code'],
      methodsOnRequest: [],
      ...(rest.deviceAuthorizationEndpoint === null
        ? { device: null }
        : { device, methods: ['authorization-code', 'device-code'] as const satisfies ConnectionMethod[] }),
      manualToken: null,
      clientAuthentication: `client_secret_${clientAuthentication}`,
      tokens: {
        accessPrefix: '',
        refreshPrefix: '',
        codePrefix: '',
        codeSeconds: 60,
        accessSeconds,
        refreshIdleSeconds,
        rotates,
      },
      quotas: [],
      cache: [],
      timeline: null,
      idempotencyKeys: false,
      webhooks: null,
      revocationSteps: revocationSteps ?? {
        it: `Nelle impostazioni di ${rest.name}, tra le applicazioni collegate.`,
        en: `In the settings of ${rest.name}, among the connected applications.`,
      },
    }),
  );

const ProviderFile = z.strictObject({ providers: z.array(FileProvider).min(1).max(50) });

/** What a file of providers holds, or everything that is wrong with it; values are never repeated. */
export type ProviderFileResult = { providers: Provider[]; faults: [] } | { providers: []; faults: string[] };

/**
 * Reads further providers from a JSON file: `{ "providers": [ … ] }`, members as in `docs/providers.md`.
 *
 * @param taken ids that are in use already
 */
export function readProviderFile(file: string, taken: ReadonlySet<string>): ProviderFileResult {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    return { providers: [], faults: [reason] };
  }
  const result = ProviderFile.safeParse(content);
  if (!result.success) return { providers: [], faults: result.error.issues.map(describe) };
  const { providers } = result.data;
  const ids = providers.map(({ id }) => id);
  const clashes = ids.filter((id, index) => taken.has(id) || ids.indexOf(id) !== index);
  if (clashes.length > 0) {
    return { providers: [], faults: clashes.map((id) => `names ${id}, which is taken`) };
  }
  return { providers, faults: [] };
}

/** One fault with its place; what the file holds there is not repeated. */
function describe({ path, code, message }: z.core.$ZodIssue): string {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `at ${place === '' ? 'its top' : place.replace(/^\./, '')}: ${code === 'unrecognized_keys' ? 'unknown member' : message}`;
}
