import type { RequestListener } from 'node:http';
import { expect, it } from 'vitest';
import { checkVatNumber } from '../../shared/api/vat-numbers.ts';
import { serveOnLoopback } from '../loopback.ts';
import { openRelay } from './harness.ts';

/** A relay whose VIES answers like this. */
async function open(answer: RequestListener) {
  const url = await serveOnLoopback(answer);
  const relay = await openRelay({ environment: { STAFFETTA_VIES_URL: url } });
  const member = await relay.join();
  return (number: string) => member.call(checkVatNumber, { input: { number } });
}

const json =
  (body: unknown, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };

it.each([
  ['valid', { isValid: true, userError: 'VALID' }],
  ['not-valid', { isValid: false, userError: 'INVALID' }],
  ['unknown', { isValid: false, userError: 'MS_UNAVAILABLE' }],
  ['unknown', { isValid: false, userError: 'MS_MAX_CONCURRENT_REQ' }],
  ['unknown', { isValid: true, userError: 'TIMEOUT' }],
  ['unknown', { actionSucceed: false }],
] as const)('VIES says %s where it says %j', async (standing, body) => {
  const check = await open(json(body));
  expect(await check('DE136695976')).toEqual({ standing });
});

it.each<[string, RequestListener]>([
  ['an error', json({ isValid: false, userError: 'INVALID' }, 500)],
  ['a page', (_, response) => response.end('<h1>manutenzione</h1>')],
  ['another place', (_, response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end()],
  ['a broken line', (request) => request.socket.destroy()],
])('a register that answers with %s has said nothing of the number', async (_, answer) => {
  const check = await open(answer);
  expect(await check('DE136695976')).toEqual({ standing: 'unknown' });
});

it('a clear answer serves the whole team, one that said nothing is asked for again', async () => {
  let calls = 0;
  const paths: string[] = [];
  const check = await open((request, response) => {
    calls += 1;
    paths.push(request.url ?? '');
    const userError = calls === 1 ? 'MS_UNAVAILABLE' : 'VALID';
    json({ isValid: calls > 1, userError })(request, response);
  });
  const standings = [];
  for (let time = 0; time < 3; time += 1) standings.push((await check('IT04172639991')).standing);
  expect(standings).toEqual(['unknown', 'valid', 'valid']);
  expect(paths).toEqual(['/ms/IT/vat/04172639991', '/ms/IT/vat/04172639991']);
});

it('where the administrator has switched it off no number leaves the relay', async () => {
  const relay = await openRelay({ environment: { STAFFETTA_VIES_URL: 'off' } });
  const member = await relay.join();
  const refused = await member.refusal(checkVatNumber, { input: { number: 'DE136695976' } });
  expect(refused.code).toBe('blocked-by-admin');
  // Of whom somebody asked nothing is kept, not even that.
  expect(await relay.audit()).not.toContain('policy_refused');
});
