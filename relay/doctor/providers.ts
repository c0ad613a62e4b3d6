import { authorizationUrl } from '../provider/oauth.ts';
import type { ConfiguredProvider } from '../config/provider-settings.ts';
import { endpointUrl } from '../../shared/provider.ts';
import { compareClocks } from './clock.ts';
import { failed, ok, reasonOf, waitMs, warning, type Examined, type Finding } from './finding.ts';

/** Every provider that the team has an app at: reachable, its clock, and the redirect URL as far as anybody can know. */
export async function examineProviders(examined: Examined): Promise<Finding[]> {
  const used = [...examined.config.providers.values()].filter(({ credentials }) => credentials !== null);
  if (used.length === 0) {
    return [
      warning(
        'providers',
        'No provider has its app’s Client ID: nobody can connect anything.',
        'Set STAFFETTA_FATTURE_IN_CLOUD_CLIENT_ID and its secret (docs/settings.md).',
      ),
    ];
  }
  return (await Promise.all(used.map((configured) => examineProvider(configured, examined)))).flat();
}

async function examineProvider(configured: ConfiguredProvider, { now }: Examined): Promise<Finding[]> {
  const { provider, credentials, methods } = configured;
  const url = endpointUrl(provider, 'token') ?? provider.origin;
  const { origin } = new URL(url);
  let response: Response;
  try {
    response = await fetch(origin, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(waitMs),
    });
  } catch (error) {
    const says = `${origin} cannot be reached: ${reasonOf(error)}.`;
    return [failed(provider.name, says, 'Let this machine reach it: firewall, DNS, proxy.')];
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  return [
    ok(provider.name, `${origin} answers.`),
    ...(Number.isNaN(date) ? [] : [compareClocks(provider.name, date, now())]),
    ...(credentials?.clientSecret === null
      ? [
          warning(
            `${provider.name}, app`,
            'It has no Client Secret.',
            'Without it some ways to connect are off.',
          ),
        ]
      : []),
    ...(methods.includes('authorization-code') ? [await examineRedirect(configured)] : []),
  ];
}

/**
 * Asks for the provider's login page as a browser would. None documents how a redirect URL that it does not know looks
 * from there, so a refusal is a hint, a login page says nothing, and only an answer to the redirect URL itself is proof.
 */
async function examineRedirect(configured: ConfiguredProvider): Promise<Finding> {
  const { provider, redirectUri, scopes } = configured;
  const about = `${provider.name}, redirect URL`;
  const register = `Exactly this must stand in the app’s settings there: ${redirectUri}`;
  const [scope = ''] = scopes;
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'; // of RFC 7636, appendix B: nobody goes on with it
  const url = authorizationUrl(configured, {
    scopes: [scope],
    state: 'doctor',
    codeChallenge: provider.pkce ? challenge : null,
  });
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(waitMs) });
    const location = response.headers.get('location') ?? '';
    if (location.startsWith(redirectUri)) return ok(about, `${provider.name} knows it: ${redirectUri}`);
    if (response.status >= 400 && response.status < 500) {
      const says = `${provider.name} refuses a login with this Client ID and redirect URL (${response.status}).`;
      return warning(about, says, `${register} (no slash at the end), and the Client ID must be that app’s.`);
    }
    return ok(about, `Compare it by eye, since ${provider.name} tells nobody. ${register}`);
  } catch (error) {
    return warning(about, `The login page cannot be reached: ${reasonOf(error)}.`, register);
  }
}
