import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { z } from 'zod';
import { providers } from '../../shared/providers/registry.ts';
import { isAddressRange } from '../traffic/address.ts';
import { readProviderFile } from './provider-file.ts';
import { configureProvider, providerSettingNames, type ConfiguredProvider } from './provider-settings.ts';
import { Secret } from '../keys/secret.ts';
import { readSsoSettings, ssoSettingNames, type SsoSettings } from './sso-settings.ts';
import { originSetting } from './origin-setting.ts';
import { withSettingFiles } from './setting-file.ts';
import { keyFaultReasons, readKey } from '../keys/vault.ts';

/** The Chrome extension id that the public key in `wxt.config.ts` gives. */
export const chromeExtensionIdDefault = 'fbiddfofphmlhbfnlpgeinmogneedfga';

/** The Firefox add-on id in `wxt.config.ts`. */
export const firefoxAddonIdDefault = 'staffetta@staffetta.invalid';

/** Every setting of the relay, checked. */
export interface Config {
  /** Origin by which browsers reach the relay. Proofs and redirects are made with it, never with a request's Host. */
  publicUrl: string;
  host: string;
  port: number;
  /** PostgreSQL to use in the place of the embedded database; null for the embedded one. Carries a password. */
  databaseUrl: Secret | null;
  databaseFile: string;
  vaultKeyFile: string;
  /** Keys given directly instead of by file; the first seals, the others only open. */
  vaultKeys: readonly Secret[];
  logLevel: string;
  /** Port of `/metrics`, on `host`; null where nobody counts. */
  metricsPort: number | null;
  /** Where traces go (OTLP over HTTP); null where none are made. */
  tracesUrl: string | null;
  /** Proxies whose word on the client's address is taken: addresses and CIDR ranges. */
  trustedProxies: readonly string[];
  /** Multiplies every limit on requests. */
  limitFactor: number;
  /** How long a relay that was told to end still takes requests, in milliseconds. */
  drainMs: number;
  /** Ends of sessions, in milliseconds. */
  sessions: {
    /** At the latest after this. */
    lifetimeMs: number;
    /** After this without a call. */
    idleMs: number;
    /** An installation that opens no session for this long has to be invited again. */
    awayMs: number;
  };
  /** Redirect URL of each browser's extension, and our own page for browsers without one: the only places a flow can end. */
  redirectTargets: { chrome: string; firefox: string; tab: string };
  providers: ReadonlyMap<string, ConfiguredProvider>;
  /** Origins of the sites that members are offered to work on. */
  sites: readonly string[];
  /** Where VIES answers; null where nobody may ask it. */
  viesUrl: string | null;
  /** The team's identity provider; null where members come by invite alone. */
  sso: SsoSettings | null;
}

/** Settings that cannot be used. `faults` names each with what is wrong; it never repeats a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The relay cannot start:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

const limit = (what: string, max: number) =>
  z.coerce
    .number({ error: `must be ${what}` })
    .int(`must be ${what}`)
    .min(1, `must be ${what}`)
    .max(max, `must be ${what}, at most ${max}`);

const port = z.coerce
  .number({ error: 'must be a port number' })
  .int('must be a port number')
  .min(1, 'must be a port number')
  .max(65_535, 'must be a port number');

const Settings = z.object({
  /** Address the relay listens on. */
  STAFFETTA_HOST: z.string().min(1).default('127.0.0.1'),
  /** Port the relay listens on. */
  STAFFETTA_PORT: port.default(8787),
  /** Origin by which browsers reach the relay. Default: loopback with the port above. */
  STAFFETTA_PUBLIC_URL: originSetting.optional(),
  /** Folder of the database and of the key file. */
  STAFFETTA_DATA_DIR: z.string().min(1).default('.staffetta/relay'),
  /** PostgreSQL instead of the embedded database, for more than one instance: `postgres://user:password@host/name`. */
  STAFFETTA_DATABASE_URL: z
    .string()
    .refine((text) => URL.canParse(text) && /^postgres(?:ql)?:$/.test(new URL(text).protocol), {
      error: 'must be a URL such as postgres://user:password@host/name',
    })
    .optional(),
  /** Hours after which a session ends in any case. */
  STAFFETTA_SESSION_HOURS: limit('a number of hours', 24).default(12),
  /** Minutes without a call after which a session ends. */
  STAFFETTA_SESSION_IDLE_MINUTES: limit('a number of minutes', 1440).default(60),
  /** Days without a session after which an installation has to be invited again. */
  STAFFETTA_INSTALLATION_IDLE_DAYS: limit('a number of days', 3650).default(90),
  /** Proxies in front, comma-separated addresses or CIDR ranges, whose X-Forwarded-For is believed. */
  STAFFETTA_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()])))
    .refine((entries) => entries.every(isAddressRange), { error: 'must be addresses or CIDR ranges' }),
  /** Multiplies every limit on requests: more than 1 for a very large team. */
  STAFFETTA_LIMIT_FACTOR: limit('a whole number', 1000).default(1),
  /** Seconds for which a relay that was told to end still takes requests, while `/ready` says that it should get none. */
  STAFFETTA_DRAIN_SECONDS: z.coerce
    .number({ error: 'must be a number of seconds' })
    .int('must be a number of seconds')
    .min(0, 'must be a number of seconds')
    .max(60, 'must be a number of seconds, at most 60')
    .default(0),
  /** Port of Prometheus metrics, on the address the relay listens on; none without. */
  STAFFETTA_METRICS_PORT: port.optional(),
  /** Address of an OpenTelemetry collector for traces, such as `http://127.0.0.1:4318/v1/traces`; none without. */
  STAFFETTA_TRACES_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  /** JSON file with further providers. */
  STAFFETTA_PROVIDERS_FILE: z.string().min(1).optional(),
  /** Sites that members are offered to work on, comma-separated origins. */
  STAFFETTA_SITES: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()])))
    .pipe(z.array(originSetting)),
  /** Where VIES answers, or `off`: then no VAT number leaves the relay. */
  STAFFETTA_VIES_URL: z
    .union([z.literal('off'), z.url({ protocol: /^https?$/, error: 'must be an http or https URL, or off' })])
    .default('https://ec.europa.eu/taxation_customs/vies/rest-api'),
  /** Vault keys, comma-separated, 32 random bytes each in base64: the first seals, the others only open. */
  STAFFETTA_VAULT_KEY: z.string().optional(),
  /** File with the vault key instead; made with mode 0600 beside a new database. */
  STAFFETTA_VAULT_KEY_FILE: z.string().min(1).optional(),
  /** fatal, error, warn, info, debug, trace or silent. */
  STAFFETTA_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info'),
  /** Id of the Chrome extension, if the team packs its own. */
  STAFFETTA_CHROME_EXTENSION_ID: z
    .string()
    .regex(/^[a-p]{32}$/, 'must be 32 letters from a to p')
    .default(chromeExtensionIdDefault),
  /** Id of the Firefox add-on, if the team packs its own. */
  STAFFETTA_FIREFOX_ADDON_ID: z
    .string()
    .regex(
      /^(?:\{[0-9a-f-]{36}\}|[A-Za-z0-9._-]*@[A-Za-z0-9._-]+)$/,
      'must be an add-on id such as name@example.com',
    )
    .default(firefoxAddonIdDefault),
});

/** Names of the settings that every relay has, for the documentation test. */
export const settingNames: readonly string[] = [
  ...Object.keys(Settings.shape),
  ...ssoSettingNames,
  ...[...providers.values()].flatMap(providerSettingNames),
];

type Environment = Readonly<Record<string, string | undefined>>;

/** Empty variables count as absent: that is how compose files and shells write "not set". */
const present = (environment: Environment): Environment =>
  Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );

const faultsOf = (error: z.ZodError, nameOf: (path: string) => string): string[] =>
  error.issues.map(({ path, message }) => `${nameOf(path.join('.'))} ${message}`);

/**
 * Reads every setting from the environment.
 *
 * @throws ConfigError naming every fault at once, without values
 */
export function readConfig(environment: Environment): Config {
  const faults: string[] = [];
  const given = withSettingFiles(present(environment), faults);
  const settings = Settings.safeParse(given);
  if (!settings.success) faults.push(...faultsOf(settings.error, (path) => path));

  const configured = new Map<string, ConfiguredProvider>();
  const publicUrl =
    settings.data?.STAFFETTA_PUBLIC_URL ?? `http://127.0.0.1:${settings.data?.STAFFETTA_PORT ?? 8787}`;
  const providersFile = given['STAFFETTA_PROVIDERS_FILE'];
  const further =
    providersFile === undefined
      ? { providers: [], faults: [] }
      : readProviderFile(providersFile, new Set(providers.keys()));
  faults.push(...further.faults.map((fault) => `STAFFETTA_PROVIDERS_FILE ${fault}`));
  for (const provider of [...providers.values(), ...further.providers]) {
    const one = configureProvider(provider, given, publicUrl, faults);
    if (one !== null) configured.set(provider.id, one);
  }
  const sso = readSsoSettings(given, faults);
  if (given['STAFFETTA_VAULT_KEY'] !== undefined && given['STAFFETTA_VAULT_KEY_FILE'] !== undefined) {
    faults.push('STAFFETTA_VAULT_KEY and STAFFETTA_VAULT_KEY_FILE exclude each other');
  }
  const vaultKeys = (given['STAFFETTA_VAULT_KEY'] ?? '').split(',').filter((key) => key.trim() !== '');
  for (const key of vaultKeys) {
    const fault = readKey(key);
    if (typeof fault === 'string') faults.push(`STAFFETTA_VAULT_KEY ${keyFaultReasons[fault]}`);
  }
  if (!settings.success || faults.length > 0) throw new ConfigError(faults);

  const { data } = settings;
  const firefoxHost = createHash('sha1').update(data.STAFFETTA_FIREFOX_ADDON_ID).digest('hex');
  return {
    publicUrl,
    host: data.STAFFETTA_HOST,
    port: data.STAFFETTA_PORT,
    databaseUrl: data.STAFFETTA_DATABASE_URL === undefined ? null : new Secret(data.STAFFETTA_DATABASE_URL),
    databaseFile: resolve(data.STAFFETTA_DATA_DIR, 'relay.sqlite'),
    vaultKeyFile: resolve(data.STAFFETTA_VAULT_KEY_FILE ?? `${data.STAFFETTA_DATA_DIR}/vault.key`),
    vaultKeys: vaultKeys.map((key) => new Secret(key)),
    logLevel: data.STAFFETTA_LOG_LEVEL,
    metricsPort: data.STAFFETTA_METRICS_PORT ?? null,
    tracesUrl: data.STAFFETTA_TRACES_URL ?? null,
    trustedProxies: data.STAFFETTA_TRUSTED_PROXIES,
    limitFactor: data.STAFFETTA_LIMIT_FACTOR,
    drainMs: data.STAFFETTA_DRAIN_SECONDS * 1000,
    sessions: {
      lifetimeMs: data.STAFFETTA_SESSION_HOURS * 3_600_000,
      idleMs: data.STAFFETTA_SESSION_IDLE_MINUTES * 60_000,
      awayMs: data.STAFFETTA_INSTALLATION_IDLE_DAYS * 86_400_000,
    },
    redirectTargets: {
      chrome: `https://${data.STAFFETTA_CHROME_EXTENSION_ID}.chromiumapp.org/connected`,
      firefox: `https://${firefoxHost}.extensions.allizom.org/connected`,
      tab: `${publicUrl}/connected`,
    },
    providers: configured,
    sites: data.STAFFETTA_SITES,
    viesUrl: data.STAFFETTA_VIES_URL === 'off' ? null : data.STAFFETTA_VIES_URL.replace(/\/$/, ''),
    sso,
  };
}
