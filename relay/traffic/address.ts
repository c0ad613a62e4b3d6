import { BlockList, isIP } from 'node:net';

/** Finds out who a request comes from. */
export type AddressReader = (
  peer: string | undefined,
  header: (name: string) => string | undefined,
) => string;

/** Where nothing is known of the peer: a request that came over no socket. */
const unknown = 'unknown';

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** `203.0.113.7` of `203.0.113.7:443`, `"[2001:db8::1]:443"` and the like; null where there is no address. */
function addressIn(text: string): string | null {
  const bare = text.trim().replaceAll('"', '');
  const address =
    /^\[(.+?)\](?::\d+)?$/.exec(bare)?.[1] ?? (isIP(bare) > 0 ? bare : bare.replace(/:\d+$/, ''));
  return isIP(address) > 0 ? address : null;
}

/** An IPv6 host owns at least a /64: it is counted as one. An IPv4 address within IPv6 is that IPv4 address. */
function canonical(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(8 - left.length - right.length, 0) }, () => '0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}

/**
 * Creates a reader that believes forwarded headers of the proxies in `trusted` only (addresses and CIDR ranges).
 *
 * From `X-Forwarded-For` (or `Forwarded`, RFC 7239) the right-most address that is no trusted proxy counts: what stands
 * left of it was written by strangers.
 */
export function createAddressReader(trusted: readonly string[]): AddressReader {
  const proxies = new BlockList();
  for (const entry of trusted) {
    const [address = '', bits] = entry.split('/');
    if (bits === undefined) proxies.addAddress(address, familyOf(address));
    else proxies.addSubnet(address, Number(bits), familyOf(address));
  }
  const isProxy = (address: string): boolean => proxies.check(address, familyOf(address));

  return (peer, header) => {
    if (peer === undefined) return unknown;
    const direct = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(peer)?.[1] ?? peer;
    if (trusted.length === 0 || !isProxy(direct)) return canonical(direct);
    const forwarded =
      header('x-forwarded-for') ??
      [...(header('forwarded') ?? '').matchAll(/for=("[^"]*"|[^;,\s]*)/gi)].map(([, node]) => node).join(',');
    for (const part of forwarded.slice(-2_000).split(',').toReversed()) {
      const address = addressIn(part);
      // What cannot be read was not written by a proxy of ours.
      if (address === null) break;
      if (!isProxy(address)) return canonical(address);
    }
    return canonical(direct);
  };
}

/** Whether `text` is an address or a CIDR range. */
export function isAddressRange(text: string): boolean {
  const [address = '', bits, rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}
