import { expect, it } from 'vitest';
import { claimWrite } from '../../shared/api/writes.ts';
import { contract, contractHeader, matchContract } from '../../shared/contract.ts';
import { openRelay } from './harness.ts';

it.each([
  [null, 'fits', false],
  ['1 1', 'fits', false],
  ['2 1', 'fits', false],
  ['3 1', 'fits', true],
  ['0 0', 'other-outdated', false],
  ['4 3', 'self-outdated', true],
  ['seven', 'fits', false],
] as const)('the other side says %j: %s', (header, verdict, isNewer) => {
  expect(contract).toEqual({ version: 2, oldest: 1 });
  expect(matchContract(header)).toEqual({ verdict, isNewer });
});

/** Claims a write as an extension of another version would. */
async function claim(version: string | null, more: object = {}) {
  const relay = await openRelay();
  const member = await relay.join();
  await member.meet();
  const { method, path, access } = claimWrite;
  const body = JSON.stringify({ key: 'a'.repeat(64), ...more });
  const headers = version === null ? {} : { [contractHeader]: version };
  const response = await member.send({ method, path, access, body }, { headers });
  return { response, answer: (await response.json()) as Record<string, unknown> };
}

it('F13: an extension one version ahead is understood: what is not known here is passed over', async () => {
  const { response, answer } = await claim('3 1', { colour: 'green' });
  expect(response.status).toBe(200);
  expect(answer).toEqual({ status: 'yours' });
  expect(response.headers.get(contractHeader)).toBe('2 1');
});

it('the same member from an extension of this version is a fault', async () => {
  const { response, answer } = await claim(null, { colour: 'green' });
  expect([response.status, answer['code']]).toEqual([400, 'request-invalid']);
});

it.each([
  ['0 0', 'extension-outdated'],
  ['4 3', 'relay-outdated'],
])('F13: two sides that are too far apart (%s) say which one has to be updated', async (version, code) => {
  const { response, answer } = await claim(version);
  expect([response.status, answer['code']]).toEqual([426, code]);
});
