import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/port.ts';
import { findProgram } from '../../scripts/programs.ts';
import { readConfig } from '../../relay/config/config.ts';
import { examineCertificate } from '../../relay/doctor/certificate.ts';
import { temporaryFolder } from './process.ts';

const dayMs = 86_400_000;
const openssl = findProgram('openssl');

/** As `openssl ca` wants a moment. */
const momentOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replaceAll(/\D/g, '')}Z`;

/** An authority, one that it has signed, and a server on loopback with a certificate of the latter. */
async function serve({
  names = 'DNS:localhost',
  fromMs = -dayMs,
  untilMs = 60.5 * dayMs,
  chain = 'whole' as 'whole' | 'leaf',
} = {}) {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder, name);
  const run = (line: string): void =>
    void execFileSync(openssl ?? 'openssl', line.split(' '), { cwd: folder, stdio: 'pipe' });
  writeFileSync(
    file('ca.cnf'),
    `[req]
distinguished_name = dn
[dn]
[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[leaf]
${names === '' ? '' : `subjectAltName = ${names}`}
`,
  );
  writeFileSync(file('index'), '');
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config ca.cnf';
  const request = (name: string, kind: string, out: string): void =>
    run(
      `req ${kind} ${key} -subj /CN=${name === 'server' ? 'localhost' : name} -keyout ${name}.key -out ${name}.${out}`,
    );
  const sign = (
    name: string,
    by: string,
    kind: string,
    days: readonly [from: number, until: number],
  ): void => {
    const [from, until] = days.map((ms) => momentOf(Date.now() + ms));
    request(name, '-new', 'csr');
    run(
      `ca -batch -notext -config ca.cnf -extensions ${kind} -in ${name}.csr -out ${name}.crt ` +
        `-cert ${by}.crt -keyfile ${by}.key -startdate ${from} -enddate ${until}`,
    );
  };
  request('root', '-x509 -days 400 -extensions authority', 'crt');
  sign('middle', 'root', 'authority', [-100 * dayMs, 300 * dayMs]);
  sign('server', 'middle', 'leaf', [fromMs, untilMs]);
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  const cert = chain === 'whole' ? read('server.crt') + read('middle.crt') : read('server.crt');
  const server = createServer({ key: read('server.key'), cert }, (socket) =>
    socket.on('error', () => undefined),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { publicUrl: `https://localhost:${port}`, port, ca: read('root.crt') };
}

const look = async (publicUrl: string, ca?: string): Promise<string[]> => {
  const config = readConfig({ STAFFETTA_DATA_DIR: temporaryFolder(), STAFFETTA_PUBLIC_URL: publicUrl });
  const findings = await examineCertificate({ config, now: Date.now }, ca);
  return findings.map(
    ({ about, level, says, mend }) => `${level} ${about}: ${says}${mend === null ? '' : ` → ${mend}`}`,
  );
};

describe.skipIf(openssl === null)('the certificate of the public address', () => {
  test('a good one is found good, for so many days', async () => {
    const { publicUrl, ca } = await serve();
    expect(await look(publicUrl, ca)).toEqual([
      expect.stringMatching(/^ok certificate: It is good until \d{4}-\d\d-\d\d, for 60 days\.$/),
    ]);
  });

  test.each([
    [5.5, /^warning certificate: .*for 5 days\. → Renew it/],
    [13.5, /^warning certificate: .*for 13 days/],
    [14.5, /^ok certificate: .*for 14 days/],
    [-0.5, /^failed certificate: It ended on .* → Renew it/],
  ])('one that ends in %d days is told in time', async (days, told) => {
    const { publicUrl, ca } = await serve({ fromMs: -90 * dayMs, untilMs: days * dayMs });
    expect(await look(publicUrl, ca)).toEqual([expect.stringMatching(told)]);
  });

  test('one that is not good yet has failed', async () => {
    const { publicUrl, ca } = await serve({ fromMs: 2 * dayMs });
    expect(await look(publicUrl, ca)).toEqual([
      expect.stringMatching(/^failed certificate: It is good from .* on only/),
    ]);
  });

  test('one for another name has failed, with both names; an address counts as a name', async () => {
    const { publicUrl, port, ca } = await serve({ names: 'DNS:relay.example.com, DNS:www.example.com' });
    expect(await look(publicUrl, ca)).toEqual([
      expect.stringMatching(
        /^failed certificate, name: It is for relay\.example\.com, www\.example\.com, and not for localhost\./,
      ),
    ]);
    const both = await serve({ names: 'DNS:localhost, IP:127.0.0.1' });
    expect((await look(`https://127.0.0.1:${both.port}`, both.ca)).join()).toMatch(/^ok/);
    expect((await look(`https://127.0.0.1:${port}`, ca)).join()).toMatch(/and not for 127\.0\.0\.1\./);
  });

  test('one that says its name in its subject alone is for no name, as for any browser', async () => {
    const { publicUrl, ca } = await serve({ names: '' });
    expect(await look(publicUrl, ca)).toEqual([
      expect.stringMatching(/^failed certificate, name: It is for no name at all, and not for localhost\./),
    ]);
  });

  test('one that nobody here believes has failed, and one whose chain is left out, each with its reason', async () => {
    const whole = await serve();
    expect(await look(whole.publicUrl)).toEqual([
      expect.stringMatching(
        /^failed certificate, chain: It is not believed here: .*nobody whom this machine knows/,
      ),
    ]);
    const leaf = await serve({ chain: 'leaf' });
    expect(await look(leaf.publicUrl, leaf.ca)).toEqual([
      expect.stringMatching(
        /^failed certificate, chain: .*leaves out a certificate of the chain.* → .*fullchain\.pem/,
      ),
    ]);
  });

  test('everything that is wrong is told at once', async () => {
    const { publicUrl } = await serve({
      names: 'DNS:other.example',
      fromMs: -9 * dayMs,
      untilMs: 3.5 * dayMs,
    });
    expect((await look(publicUrl)).map((line) => line.split(':')[0])).toEqual([
      'warning certificate',
      'failed certificate, name',
      'failed certificate, chain',
    ]);
  });
});

test('without TLS, and where nothing answers or what does speaks none, there is no certificate to speak of', async () => {
  expect(await look('http://127.0.0.1:8787')).toEqual([]);
  expect(await look(`https://127.0.0.1:${await freePort()}`)).toEqual([]);
});
