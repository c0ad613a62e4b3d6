import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import {
  AccessMode,
  ConnectionMethod,
  endpointUrl,
  type NoticeKind,
  type Provider,
} from '../../shared/provider.ts';
import { coversScope, nearestScope, unknownScopes } from '../../shared/scopes.ts';
import { Secret } from '../keys/secret.ts';
import { originSetting } from './origin-setting.ts';

/** A provider as this relay uses it: the published description, the team's app credentials, and the callback. */
export interface ConfiguredProvider {
  provider: Provider;
  /** Null where the team has not registered an app with this provider; without secret, ways that need one are off. */
  credentials: { clientId: string; clientSecret: Secret | null } | null;
  /** Ways to connect that members may use now. */
  methods: readonly ConnectionMethod[];
  /** The most that may be asked for. */
  scopes: readonly string[];
  /** Where writes leave their events; null where none have to, or the team has no source for them. */
  timeline: { path: string; sourceId: string; templateId: string } | null;
  /** The key with which the provider signs what it tells by itself; null where it signs otherwise. */
  webhookKey: KeyObject | null;
  /** What members may want to be told of: nothing where the provider cannot reach the relay or its key is unknown. */
  notices: readonly NoticeKind[];
  /** The one redirect URL to register with the provider. */
  redirectUri: string;
  /** Where the relay may send this provider's secrets and tokens: URLs, fixed at start. */
  destinations: ReadonlySet<string>;
}

const names = ['CLIENT_ID', 'CLIENT_SECRET', 'ORIGIN', 'METHODS', 'ACCESS_MODE', 'SCOPES'] as const;
const webhookNames = ['WEBHOOK_KEY'] as const;
const timelineNames = ['TIMELINE_SOURCE', 'TIMELINE_TEMPLATE'] as const;

const namesFor = ({ timeline, webhooks }: Provider): readonly string[] => [
  ...names,
  ...(timeline === null ? [] : timelineNames),
  ...(webhooks?.signature === 'jwt' ? webhookNames : []),
];

/** Names of the settings of one provider. */
export const providerSettingNames = (provider: Provider): string[] =>
  namesFor(provider).map((name) => settingName(provider, name));

const settingName = (provider: Provider, name: string): string =>
  `STAFFETTA_${provider.id.toUpperCase().replaceAll('-', '_')}_${name}`;

const list = z.string().transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''));

const recordId = z
  .string()
  .regex(/^[a-z]+_[A-Za-z0-9]{1,54}$/, 'must be an id such as tsrc_0123456789abcdef');

/** An ECDSA key on P-256 as PEM; a setting on one line may write its line breaks as `\n`. */
const publicKey = z.string().transform((text, context): KeyObject => {
  try {
    const key = createPublicKey(text.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // Said below, for both.
  }
  context.addIssue({ code: 'custom', message: 'must be a public key for ES256 in PEM' });
  return z.NEVER;
});

const Settings = z
  .object({
    CLIENT_ID: z.string().min(1).max(200).optional(),
    CLIENT_SECRET: z.string().min(1).max(500).optional(),
    ORIGIN: originSetting.optional(),
    METHODS: list
      .pipe(
        z.array(
          z.enum(ConnectionMethod.options, {
            error: 'must be authorization-code, device-code or manual-token',
          }),
        ),
      )
      .optional(),
    ACCESS_MODE: AccessMode.optional(),
    SCOPES: list.optional(),
    TIMELINE_SOURCE: recordId.optional(),
    TIMELINE_TEMPLATE: recordId.optional(),
    WEBHOOK_KEY: publicKey.optional(),
  })
  .refine(
    ({ TIMELINE_SOURCE, TIMELINE_TEMPLATE }) =>
      (TIMELINE_SOURCE === undefined) === (TIMELINE_TEMPLATE === undefined),
    {
      error: 'needs both TIMELINE_SOURCE and TIMELINE_TEMPLATE, or neither',
    },
  )
  .refine(({ CLIENT_ID, CLIENT_SECRET }) => CLIENT_SECRET === undefined || CLIENT_ID !== undefined, {
    error: 'needs CLIENT_ID beside CLIENT_SECRET',
  });

/**
 * Reads one provider's settings from the environment.
 *
 * @param faults takes what is wrong with them, with the names of the settings and without values
 */
export function configureProvider(
  provider: Provider,
  environment: Readonly<Record<string, string | undefined>>,
  publicUrl: string,
  faults: string[],
): ConfiguredProvider | null {
  const named = (name: string): string => settingName(provider, name).replace(/_$/, '');
  const given = Object.fromEntries(
    namesFor(provider).map((name) => [name, environment[settingName(provider, name)]]),
  );
  const result = Settings.safeParse(given);
  if (!result.success) {
    const found = result.error.issues.map(
      ({ path, message }) => `${named(String(path[0] ?? ''))} ${message}`,
    );
    faults.push(...new Set(found));
    return null;
  }
  const { CLIENT_ID, CLIENT_SECRET, ORIGIN, METHODS, ACCESS_MODE, SCOPES } = result.data;
  const { TIMELINE_SOURCE: sourceId, TIMELINE_TEMPLATE: templateId } = result.data;
  const timeline =
    provider.timeline === null || sourceId === undefined || templateId === undefined
      ? null
      : { path: provider.timeline.path, sourceId, templateId };
  // Without a source for its events no write may be made, so none is asked for.
  const isLeftOut = (scope: string): boolean => timeline === null && scope === provider.timeline?.scope;
  const possible = new Set([...provider.methods, ...provider.methodsOnRequest]);
  const impossible = METHODS?.filter((method) => !possible.has(method)) ?? [];
  if (impossible.length > 0)
    faults.push(`${named('METHODS')} names ${impossible.join(', ')}, which ${provider.name} does not have`);
  for (const scope of unknownScopes(provider, SCOPES ?? [])) {
    // A scope is no secret, and which one is wrong is the whole point.
    const nearest = nearestScope(provider, scope);
    faults.push(
      `${named('SCOPES')} names ${JSON.stringify(scope.slice(0, 60))}, which ${provider.name} does not have; did you mean ${nearest}?`,
    );
  }
  const placed: Provider = {
    ...provider,
    ...(ORIGIN === undefined ? {} : { origin: ORIGIN }),
    ...(ACCESS_MODE === undefined ? {} : { accessMode: ACCESS_MODE }),
  };
  const credentials =
    CLIENT_ID === undefined
      ? null
      : { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET === undefined ? null : new Secret(CLIENT_SECRET) };
  const webhookKey = result.data.WEBHOOK_KEY ?? null;
  // Providers deliver to https alone, save on one machine.
  const isReachable = publicUrl.startsWith('https:') || placed.origin.startsWith('http:');
  const isSigned = provider.webhooks?.signature !== 'jwt' || webhookKey !== null;
  const isUsable = (method: ConnectionMethod): boolean =>
    credentials !== null &&
    (credentials.clientSecret !== null ||
      method === 'manual-token' ||
      (method === 'device-code' && provider.device?.client === 'public'));
  return {
    provider: placed,
    credentials,
    methods: (METHODS ?? provider.methods).filter(isUsable),
    scopes: (SCOPES ?? provider.scopes.map(({ name }) => name)).filter((scope) => !isLeftOut(scope)),
    timeline,
    webhookKey,
    notices: isReachable && isSigned ? (provider.webhooks?.kinds ?? []) : [],
    redirectUri: `${publicUrl}/callback/${provider.id}`,
    destinations: destinationsOf(placed),
  };
}

/**
 * The provider `id`, if members may connect to it in this way and ask for these scopes.
 *
 * @throws Failure `not-found` · `provider-misconfigured` (no app credentials) · `not-allowed` (way not offered) ·
 *   `request-invalid` (scopes)
 */
export function offered(
  { providers }: { providers: ReadonlyMap<string, ConfiguredProvider> },
  id: string,
  method: ConnectionMethod,
  scopes: readonly string[] = [],
): ConfiguredProvider {
  const configured = providers.get(id);
  if (configured === undefined) throw new Failure('not-found');
  if (configured.credentials === null) throw new Failure('provider-misconfigured');
  if (!configured.methods.includes(method)) throw new Failure('not-allowed');
  const { provider } = configured;
  const isAsked =
    unknownScopes(provider, scopes).length === 0 &&
    scopes.every((scope) => coversScope(provider, configured.scopes, scope));
  if (!isAsked) throw new Failure('request-invalid', { fields: ['scopes'] });
  return configured;
}

/** The URLs that the relay may send a provider's secrets and tokens to, as its description has them at start. */
export function destinationsOf(provider: Provider): ReadonlySet<string> {
  const endpoints = ['token', 'revocation', 'deviceAuthorization'] as const;
  return new Set(endpoints.flatMap((endpoint) => endpointUrl(provider, endpoint) ?? []));
}
