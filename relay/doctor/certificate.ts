import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { failed, ok, reasonOf, waitMs, warning, type Examined, type Finding } from './finding.ts';

const about = 'certificate';

const dayMs = 86_400_000;

/** How many days before its end a certificate should have been renewed: whatever renews it by itself does so earlier. */
const soonDays = 14;

const renew =
  'Renew it, and let the proxy read it again. Caddy and certbot do both by themselves: look at their log, and whether port 80 can be reached from outside.';

/** What a server has shown of itself. */
interface Shown {
  certificate: X509Certificate;
  /** Why its chain is not believed here; null where it is. */
  fault: Error | null;
}

/**
 * Looks at the certificate of the public address, where that has TLS: how long it is good, for which name, and who has signed it.
 * Where nothing answers, another look says so.
 *
 * @param ca what is believed beside what this machine knows already; for tests
 */
export async function examineCertificate({ config, now }: Examined, ca?: string): Promise<Finding[]> {
  const url = new URL(config.publicUrl);
  if (url.protocol !== 'https:') return [];
  const shown = await show(url, ca);
  if (shown === null) return [];
  const { certificate, fault } = shown;
  const host = hostOf(url);
  const dates = examineDates(certificate, now());
  const isDated = dates.level !== 'failed';
  const faults = [
    ...(dates.level === 'ok' ? [] : [dates]),
    ...examineName(certificate, host),
    // A chain is not believed for its dates either, which were told.
    ...(fault === null || (!isDated && isOfDates(fault)) ? [] : [examineChain(fault)]),
  ];
  return faults.length === 0 ? [dates] : faults;
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** The certificate that the server shows, believed or not; null where there is none to see. */
function show(url: URL, ca: string | undefined): Promise<Shown | null> {
  const host = hostOf(url);
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: url.port === '' ? 443 : Number(url.port),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      // Nothing is sent to it: what is wrong with it is to be seen.
      rejectUnauthorized: false,
      // Its name is looked at by itself, so that a name does not hide behind a chain.
      checkServerIdentity: () => undefined,
    });
    const end = (shown: Shown | null): void => {
      socket.destroy();
      resolve(shown);
    };
    socket.setTimeout(waitMs, () => end(null));
    socket.once('error', () => end(null));
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      const { authorized, authorizationError: fault } = socket;
      if (certificate === undefined) return end(null);
      return end({ certificate, fault: authorized ? null : asError(fault) });
    });
  });
}

/** Node types it as an error; for most faults it is their code alone. */
const asError = (fault: unknown): Error =>
  fault instanceof Error ? fault : Object.assign(new Error('not believed'), { code: String(fault) });

const codeOf = (fault: Error): string => ('code' in fault ? String(fault.code) : '');

const isOfDates = (fault: Error): boolean => /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/.test(codeOf(fault));

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

function examineDates({ validFromDate, validToDate }: X509Certificate, nowMs: number): Finding {
  const end = dayOf(validToDate);
  if (validToDate.getTime() <= nowMs)
    return failed(about, `It ended on ${end}: no browser reaches the relay.`, renew);
  if (validFromDate.getTime() > nowMs) {
    return failed(
      about,
      `It is good from ${dayOf(validFromDate)} on only.`,
      'If that is not ahead of us, this machine’s clock is behind: let it be set by itself (NTP).',
    );
  }
  const days = Math.floor((validToDate.getTime() - nowMs) / dayMs);
  const says = `It is good until ${end}, for ${days} ${days === 1 ? 'day' : 'days'}.`;
  return days < soonDays ? warning(about, says, renew) : ok(about, says);
}

function examineName(certificate: X509Certificate, host: string): Finding[] {
  // As browsers do: a name in the subject alone counts for none of them (RFC 9110 §4.3.4).
  const isGood =
    isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) : certificate.checkIP(host);
  if (isGood !== undefined) return [];
  const names = certificate.subjectAltName?.replaceAll(/(?:DNS|IP Address):/g, '') ?? 'no name at all';
  return [
    failed(
      `${about}, name`,
      `It is for ${printable(names)}, and not for ${host}.`,
      'Give the proxy one for the name in STAFFETTA_PUBLIC_URL, or put there the name that the certificate is for.',
    ),
  ];
}

/** What a server wrote, short and without what could move the cursor. */
const printable = (text: string): string => text.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, '?');

const examineChain = (fault: Error): Finding =>
  failed(
    `${about}, chain`,
    isOfDates(fault)
      ? 'A certificate of its chain has ended, or is not good yet.'
      : `It is not believed here: ${reasonOf(fault)}.`,
    'Let the proxy send the whole chain (fullchain.pem), from an authority that browsers know. One of your own must stand in every browser, and for these commands in NODE_EXTRA_CA_CERTS.',
  );
