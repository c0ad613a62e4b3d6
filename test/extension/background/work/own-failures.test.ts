import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { openSandboxed } from '../../../relay/sandboxed.ts';
import { newProfile, startLife } from '../mortal.ts';

const open = async (local: Record<string, unknown> = {}) => {
  const profile = newProfile();
  Object.assign(profile.local, local);
  return startLife(await openSandboxed(), profile, { email: 'uno@example.it' });
};

it('a form that another window has sent is refused as sent, not as a proposal that ended', async () => {
  const life = await open();
  const answer = await life.view('written.send', { id: randomUUID() });
  expect(answer).toMatchObject({ ok: false, failure: { code: 'draft-sent' } });
});

it('a second batch is refused because a batch is running, not because a sign-in is open', async () => {
  const life = await open({
    batch: {
      from: '2026-01-01',
      to: '2026-01-31',
      addsClients: false,
      companyId: 1,
      companyName: 'Azienda di prova',
      status: 'paused',
      failure: null,
      items: [],
    },
  });
  const wanted = { from: '2026-02-01', to: '2026-02-28', addsClients: false };
  expect(await life.view('batch.start', wanted)).toMatchObject({
    ok: false,
    failure: { code: 'batch-in-progress' },
  });
});
