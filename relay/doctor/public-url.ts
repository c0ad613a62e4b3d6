import type { Vault } from '../keys/vault.ts';
import { compareClocks } from './clock.ts';
import { failed, ok, reasonOf, waitMs, warning, type Examined, type Finding } from './finding.ts';
import { makePass, Seen } from './pass.ts';

const about = 'public address';

/** An address that nobody has (RFC 5737): if the relay believes it, strangers can make themselves up. */
const madeUp = '203.0.113.77';

/**
 * Asks the relay at its public address how the request arrived: through TLS, through which proxy, counted by whose
 * address.
 */
export async function examinePublicUrl({ config, now }: Examined, vault: Vault | null): Promise<Finding[]> {
  const { publicUrl } = config;
  const headers: Record<string, string> = { 'X-Forwarded-For': madeUp };
  if (vault !== null) headers['Authorization'] = makePass(vault, now());
  let response: Response;
  try {
    response = await fetch(`${publicUrl}/doctor`, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(waitMs),
    });
  } catch (error) {
    return [
      failed(
        about,
        `${publicUrl} cannot be reached from here: ${reasonOf(error)}.`,
        'Start the relay and its TLS proxy; STAFFETTA_PUBLIC_URL must be the address by which browsers reach them. If only this machine cannot reach it (a firewall that does not let it call itself), nothing is wrong.',
      ),
    ];
  }
  const seen =
    response.status === 200 ? Seen.safeParse(await response.json().catch(() => null)).data : undefined;
  if (seen === undefined) {
    return [
      failed(
        about,
        `What answers at ${publicUrl} (${response.status}) is not this relay, or has another vault key.`,
        'Let the proxy pass every path on to the relay, and give all instances the same vault key.',
      ),
    ];
  }
  return [
    ok(about, `${publicUrl} leads to this relay${publicUrl.startsWith('https:') ? ', with good TLS' : ''}.`),
    compareClocks('the relay that serves', seen.nowMs, now()),
    ...examineHeaders(publicUrl, response.headers),
    examineForwarding(seen),
  ];
}

/** Whether the answer's headers have come through the proxy as the relay wrote them. */
export function examineHeaders(publicUrl: string, headers: Headers): Finding[] {
  if (!publicUrl.startsWith('https:') || headers.has('strict-transport-security')) return [];
  return [
    warning(
      'proxy, headers',
      'The proxy takes the header Strict-Transport-Security away.',
      'Let it pass the relay’s headers on as they are.',
    ),
  ];
}

function examineForwarding({ peer, address, forwarded }: Seen): Finding {
  const name = 'proxy, client addresses';
  const others = forwarded.split(',').map((one) => one.trim());
  const isUntouched = forwarded === madeUp;
  if (address === madeUp) {
    return failed(
      name,
      `The relay believes an address that this command made up: ${peer} is trusted, and passes on what strangers write.`,
      'Let the proxy set or append X-Forwarded-For; and trust in STAFFETTA_TRUSTED_PROXIES only what is a proxy.',
    );
  }
  if (!isUntouched && forwarded !== '' && address === ownAddressOf(peer)) {
    return warning(
      name,
      `A proxy at ${peer} says that requests come from ${others.at(-1)}, and is not believed: all browsers behind it count as one, and limits meant for one client are everybody’s.`,
      `STAFFETTA_TRUSTED_PROXIES=${peer}`,
    );
  }
  if (forwarded === '') {
    return warning(
      name,
      `Something at ${peer} takes X-Forwarded-For away and puts nothing in its place: all browsers behind it count as one.`,
      'Let the proxy append the client’s address to X-Forwarded-For.',
    );
  }
  return ok(
    name,
    isUntouched ? 'Requests arrive without a proxy.' : `A trusted proxy says who asks: ${address}.`,
  );
}

/** An IPv4 address within IPv6 as that IPv4 address, as the relay counts it. */
const ownAddressOf = (peer: string): string => peer.replace(/^::ffff:/i, '');
