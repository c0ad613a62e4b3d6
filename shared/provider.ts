import { z } from 'zod';
import { isSafeUrl } from './safe-url.ts';
import { Text } from './text.ts';

/** One permission a provider documents, in its own spelling and in plain words. */
export const Scope = z.object({
  name: z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/), // RFC 6749 §3.3 scope-token
  /** The part of the account it opens; scopes of one resource replace each other. */
  resource: z.string(),
  level: z.enum(['read', 'write']),
  meaning: Text,
});
/** One permission a provider documents. */
export type Scope = z.infer<typeof Scope>;

/**
 * A way to connect an account: by the provider's page (RFC 6749 §4.1), by a code typed there (RFC 8628), or with a token
 * that the member made in the provider's own settings.
 */
export const ConnectionMethod = z.enum(['authorization-code', 'device-code', 'manual-token']);
/** A way to connect an account. */
export type ConnectionMethod = z.infer<typeof ConnectionMethod>;

/** Who calls the provider's API: the extension with a grant, or the relay for it. */
export const AccessMode = z.enum(['direct', 'brokered']);
/** Who calls the provider's API. */
export type AccessMode = z.infer<typeof AccessMode>;

/** What a provider can tell of by itself. */
export const NoticeKind = z.enum([
  'invoice-paid',
  'booking-new',
  'task-assigned',
  'e-invoice-status',
  'e-invoice-received',
]);
/** What a provider can tell of by itself. */
export type NoticeKind = z.infer<typeof NoticeKind>;

/** A limit the provider puts on calls. `refusal` is the status it answers with. */
export const Quota = z.object({
  calls: z.int().positive(),
  perSeconds: z.int().positive(),
  window: z.enum(['sliding', 'fixed']),
  /** `account`: whatever the team calls with this provider. */
  per: z.enum(['account', 'company', 'company-and-app']),
  refusal: z.int(),
  /** Header of an ordinary answer that says how many calls are left; null where there is none. */
  remainingHeader: z.string().nullable(),
});
/** A limit the provider puts on calls. */
export type Quota = z.infer<typeof Quota>;

/** Where an endpoint is: a path on the provider's origin, or a whole URL. */
const EndpointAddress = z.string().refine((text) => /^\/(?!\/)/.test(text) || isSafeUrl(text), {
  error: 'must be a path such as /oauth/token, or a URL with https',
});

/**
 * All that is true of a provider, as data: the relay's OAuth code and the extension's calls are generic over it.
 *
 * Lifetimes are in seconds; null means that the provider documents none.
 */
export const Provider = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  name: z.string(),
  /** Origin of the API, and of every endpoint below that is a path; a sandbox replaces it as a whole. */
  origin: z.url(),
  authorizationEndpoint: EndpointAddress,
  tokenEndpoint: EndpointAddress,
  /** How requests to the token endpoint are written; the standard says form (RFC 6749 §4.1.3). */
  tokenRequest: z.enum(['form', 'json']),
  /** RFC 7009; null where the provider has no such endpoint. */
  revocationEndpoint: EndpointAddress.nullable(),
  /** RFC 8628; null where the provider has no such endpoint. */
  deviceAuthorizationEndpoint: EndpointAddress.nullable(),
  clientAuthentication: z.enum(['client_secret_post', 'client_secret_basic']),
  /** Ways to connect that every app may use. */
  methods: z.array(ConnectionMethod).min(1),
  /** Ways that the provider switches on for an app on request: offered where the relay's settings say so. */
  methodsOnRequest: z.array(ConnectionMethod),
  /** How the device flow's requests differ from the others; null where there is no such flow. */
  device: z
    .object({
      /** `public`: no client secret anywhere in the flow, its refreshes included. */
      client: z.enum(['confidential', 'public']),
      /** How the first request is written. */
      request: z.enum(['form', 'json']),
    })
    .nullable(),
  /** How a member makes a token by hand; null where the provider has none. */
  manualToken: z
    .object({
      /** In order; what to do in the provider's own application. */
      steps: z.array(Text).min(1),
      /** How the permissions of a token are changed afterwards. */
      changeSteps: Text,
      /** Calls that every token may make, by which a pasted one is checked. */
      checkPaths: z.array(z.string().regex(/^\/[a-z/]+$/)).min(1),
    })
    .nullable(),
  /** Whether the authorization server is documented to honour RFC 7636. */
  pkce: z.boolean(),
  /** RFC 9207 `iss` sent on the callback; null where the provider is not documented to send it. */
  issuer: z.url().nullable(),
  tokens: z.object({
    accessPrefix: z.string(),
    refreshPrefix: z.string(),
    codePrefix: z.string(),
    codeSeconds: z.int().positive(),
    accessSeconds: z.int().positive(),
    refreshIdleSeconds: z.int().positive().nullable(),
    /** Whether a refresh answers with a new refresh token. */
    rotates: z.boolean(),
  }),
  quotas: z.array(Quota),
  /** For how long answers may be given again, by the beginning of the path; the first that fits counts. */
  cache: z.array(z.object({ path: z.string(), seconds: z.int().positive() })),
  /** Where every write has to leave an event, with the scope for that; null where none has to. */
  timeline: z.object({ path: z.string(), scope: z.string() }).nullable(),
  /** Whether a POST may carry `Idempotency-Key`, by which the provider recognises one that is sent again. */
  idempotencyKeys: z.boolean(),
  /**
   * How the provider tells of what happens (webhooks): what of it members may want to know, and how it signs; null where
   * it does not. `jwt`: with a key of its own that stands in the relay's settings.
   */
  webhooks: z.object({ signature: z.enum(['hmac', 'jwt']), kinds: z.array(NoticeKind) }).nullable(),
  /** Who calls the API, unless the relay's settings or the way of connecting say otherwise. */
  accessMode: AccessMode,
  /** Where in the provider's own application a person takes the permission back. */
  revocationSteps: Text,
  scopes: z.array(Scope),
});
/** All that is true of a provider, as data. */
export type Provider = z.infer<typeof Provider>;

/** An endpoint of a provider. */
export type ProviderEndpoint = 'authorization' | 'token' | 'revocation' | 'deviceAuthorization';

/** The URL of one of a provider's endpoints; null where it has none. */
export function endpointUrl(provider: Provider, endpoint: ProviderEndpoint): string | null {
  const address = provider[`${endpoint}Endpoint`];
  return address?.startsWith('/') === true ? provider.origin + address : address;
}
