import { describe, expect, test } from 'vitest';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { deleteConnection, listConnections } from '../../shared/api/connections.ts';
import { createFlow, exchangeFlow } from '../../shared/api/flows.ts';
import { createGrant } from '../../shared/api/grants.ts';
import { listProviders } from '../../shared/api/providers.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { bringCode, openRelay } from '../relay/harness.ts';
import { Installation } from '../relay/installation.ts';
import { allSecrets, dayMs, openWorked } from './worked.ts';

const hostileTexts = [
  'line\r\nbreak',
  '\u001b[31mred\u001b[0m',
  '"},{"level":50,"msg":"forged"}',
  '\u0000\u0007\u007f\u009b31m',
  '\u2028{"level":50}\u2029',
  '%0d%0a{"level":50,"msg":"forged"}',
  '$\u007bjndi:ldap://evil.example\u007d',
];

describe('what is logged and answered', () => {
  test('D8: whatever a stranger writes, each log line is one object of ours without control characters', async () => {
    const relay = await openRelay();
    const installation = await relay.join('Mario Rossi');
    for (const text of hostileTexts) {
      const encoded = encodeURIComponent(text);
      const inHeader = text.replaceAll(/[^\x20-\x7e]/g, '');
      await relay.fetch(`${relay.publicUrl}/${encoded}`, {
        headers: { 'User-Agent': inHeader, 'X-Request-Id': inHeader },
      });
      await relay.fetch(
        `${relay.publicUrl}/callback/${encoded}?state=${encoded}&code=${encoded}&error_description=${encoded}`,
      );
      await relay.fetch(`${relay.publicUrl}/connect/${encoded}`);
      await relay.fetch(`${relay.publicUrl}/v1/connections`, {
        headers: { DPoP: inHeader, Authorization: `DPoP ${inHeader}` },
      });
      await installation.refusal(createFlow, {
        input: { providerId: text, scopes: [text], codeChallenge: text, redirectKind: 'chrome' },
      });
      await installation.refusal(exchangeFlow, {
        params: { flowId: text as never },
        input: { handle: text, codeVerifier: text },
      });
      await installation.send(
        { method: 'GET', path: listConnections.path },
        { claims: (claims) => ({ ...claims, jti: text, nonce: text }) },
      );
    }
    const named = await Installation.create(relay);
    const invite = await relay.invite('Anna "\u001b[31m" Bianchi');
    const installationName = 'Chrome\r\n{"level":50}';
    await named.refusal(createEnrolment, { input: { invite, installationName } });
    await named.call(createEnrolment, { input: { invite, installationName: 'Chrome {"level":50}' } });
    expect(relay.log.length).toBeGreaterThan(hostileTexts.length * 7);
    for (const line of relay.log) {
      expect(line).toMatch(/^\{[^\p{Cc}\u2028\u2029]*\}\n$/u);
      const { level, msg } = JSON.parse(line) as { level: number; msg: string };
      expect(level).toBeLessThan(50);
      expect(['request', 'refused']).toContain(msg);
    }
  });

  test('C1: no answer, header or log line holds a secret, except the access token in a grant', async () => {
    const { endpoint, relay, installation, secrets, connection } = await openWorked();
    // Every endpoint, in success and in refusal, and the provider's refusals too.
    await installation.call(listProviders);
    await installation.call(listConnections);
    const params = { connectionId: connection.id };
    await installation.call(createGrant, { params, input: {} });
    const declined = await installation.begin();
    await relay.callback({ state: declined.state, error: 'access_denied' });
    const flow = await installation.begin();
    secrets.add(flow.codeVerifier);
    await relay.fetch(flow.startUrl);
    const handle = await bringCode(relay, flow, 'c/canary-code');
    endpoint.next({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'code c/canary-code, secret canary' },
    });
    await installation.finishRefused(flow, handle);
    await installation.finishRefused(flow, handle);
    for (const answer of [
      'reset',
      { status: 500, body: 'r/canary' },
      { status: 401, body: { error: 'invalid_client' } },
      { body: '<' },
      { status: 400, body: { error: 'invalid_grant' } },
    ] as const) {
      relay.clock.advance(dayMs);
      secrets.add(await installation.openSession());
      endpoint.next(answer);
      await installation.request(createGrant, { params, input: {} });
    }
    for (const path of ['/health', '/ready', '/openapi.json', '/nowhere'])
      await relay.fetch(relay.publicUrl + path);
    await installation.call(deleteConnection, { params });

    const scan = allSecrets(secrets, endpoint);
    expect(endpoint.calls.length).toBeGreaterThan(6);
    const log = relay.log.join('');
    for (const secret of scan) expect(log.includes(secret), secret.slice(0, 6)).toBe(false);
    for (const answer of relay.answers) {
      const isGrant = answer.status === 200 && /\/(grant|exchange)$/.test(new URL(answer.url).pathname);
      const isSession = answer.status === 200 && answer.url.endsWith(createSession.path);
      const headers = JSON.stringify(answer.headers);
      for (const secret of scan) {
        expect(headers.includes(secret), `${answer.url} header`).toBe(false);
        const allowed = (isGrant && secret.startsWith('a/')) || (isSession && secret.startsWith('ses_'));
        if (!allowed)
          expect(answer.body.includes(secret), `${answer.url}: ${secret.slice(0, 6)}`).toBe(false);
      }
    }
  });
});
