import { createServer } from 'node:http';
import { createPublicKey, sign, verify, generateKeyPairSync } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { createVault, readKey } from '../../relay/keys/vault.ts';

// The sum of the parts that no grant can do without: one ES256 verification, one row by its key, one AES-GCM open.
const body = 'x'.repeat(Number(process.env['ANSWER_BYTES']));
const database = new DatabaseSync(process.env['DATABASE'] ?? '', { readOnly: true });
const ids = database
  .prepare('SELECT c.id FROM connections c JOIN installations i ON i.member_id = c.member_id')
  .all() as Array<{ id: string }>;
const row = database.prepare('SELECT * FROM connections WHERE id = ?');
const key = readKey(process.env['VAULT_KEY'] ?? '');
if (typeof key === 'string') throw new Error(key);
const vault = createVault([key]);
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signed = Buffer.from('x'.repeat(420));
const dsaEncoding = 'ieee-p1363';
const signature = sign('sha256', signed, { key: pair.privateKey, dsaEncoding });
const verifier = {
  key: createPublicKey(pair.publicKey.export({ format: 'pem', type: 'spki' })),
  dsaEncoding,
} as const;

let turn = 0;
const server = createServer((request, response) => {
  request.on('data', () => undefined);
  request.on('end', () => {
    turn += 1;
    const connection = row.get(ids[turn % ids.length]?.id ?? '') as Record<string, string>;
    const place = {
      table: 'connections',
      row: connection['id'] ?? '',
      column: 'access_token',
      owner: [connection['member_id'] ?? '', connection['provider_id'] ?? ''],
    };
    const token = vault.open(place, connection['access_token'] ?? '');
    const isGood = verify('sha256', signed, verifier, signature);
    response.writeHead(isGood && token !== '' ? 200 : 500, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'DPoP-Nonce': 'mfx0abcd.AAAAAAAAAAAAAAAAAAAAAA',
      'Content-Length': body.length,
    });
    response.end(body);
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('ready'));
