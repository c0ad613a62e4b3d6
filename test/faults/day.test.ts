import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listConnections, type Connection } from '../../shared/api/connections.ts';
import { drawLink } from '../../relay/console/pages/link.ts';
import { openPostgres } from '../../relay/store/postgres.ts';
import { readAudit, type AuditLine } from '../../shared/api/audit.ts';
import { createGrant, type Grant } from '../../shared/api/grants.ts';
import * as people from '../../shared/api/members.ts';
import { changePolicy } from '../../shared/api/policy.ts';
import { shareConnection } from '../../shared/api/team-connections.ts';
import type { InstallationId, MemberId } from '../../shared/ids.ts';
import { Policy } from '../../shared/policy.ts';
import type { Installation } from '../relay/installation.ts';
import { findNginx } from './nginx.ts';
import { relaySources } from './relay-process.ts';
import { openTeam, type Team } from './team.ts';
import * as work from './work.ts';
import { newTally, type Desk, type Tally } from './work.ts';

const program = findNginx();
const isMissing = program === null && process.env['CI'] !== 'true';
const title = `a day of a team whose relays stand behind nginx, on one PostgreSQL${isMissing ? ' (no nginx here: install nginx-light)' : ''}`;

const fic = { providerId: 'fatture-in-cloud', scopes: ['entity.clients:a'] } as const;
const stora = {
  providerId: 'stora',
  scopes: ['public.contact:read', 'public.note:write', 'public.timeline_event:write'],
} as const;
const clients = '/c/101/entities/clients';
const dayMs = 86_400_000;

type Step = readonly [event: string, actorId: string | null, memberId: string | null];

vi.setConfig({ testTimeout: 90_000 });

describe.skipIf(isMissing)(title, () => {
  let team: Team;
  let ada: Installation;
  let marioAtHome: Installation;
  let marioOnTheRoad: Installation;
  let bruna: Installation;
  let sofia: Installation;
  /** Members by name, as the administrator sees them. */
  const ids = new Map<string, MemberId>();
  const desks = new Map<string, Desk>();
  /** What everybody has written, under the name it has at the provider. */
  const written = { clients: new Set<string>(), notes: new Set<string>() };
  /** What was noted on paper: the audit's head, and where the backup is. */
  let backup: { file: string; auditHead: string };
  let stolenId: InstallationId;

  beforeAll(async () => {
    if (program === null) throw new Error('nginx is needed: install nginx-light');
    team = await openTeam({ entry: relaySources, instances: 2, nginx: program });
  });
  afterAll(() => team?.close());

  const desk = (name: string): Desk => {
    const found = desks.get(name);
    if (found === undefined) throw new Error(`no desk ${name}`);
    return found;
  };
  const sit = async (name: string, installation: Installation, wish: typeof fic | typeof stora) => {
    const connection = await team.connect(installation, { ...wish, scopes: [...wish.scopes] });
    desks.set(name, { installation, connection });
  };
  const everybody = (): Installation[] => [ada, marioAtHome, bruna, sofia];
  const listed = async () =>
    (await team.command(['connections']))['connections'] as Array<{
      connectionId: string;
      status: string;
      isInDoubt: boolean;
    }>;
  const idOf = (name: string): MemberId => {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`nobody is called ${name}`);
    return id;
  };
  const contactId = (): string => team.stora.state.list('contacts')[0]?.id ?? '';
  const writeClient = async (at: Desk, tally: Tally): Promise<void> => {
    const name = `Cliente ${written.clients.size + 1} S.r.l.`;
    written.clients.add(name);
    await work.newClient(at, name, tally);
  };
  const writeNote = async (at: Desk, tally: Tally): Promise<void> => {
    const content = `Nota ${written.notes.size + 1}`;
    written.notes.add(content);
    await work.writeNote(at, contactId(), content, tally);
  };

  /** The extension's own call to Fatture in Cloud, with the token that it was handed. */
  const callWith = (grant: Grant | null, body?: object): Promise<Response> =>
    fetch(team.sandbox.origin + clients, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        Authorization: `Bearer ${grant?.accessToken}`,
        'Content-Type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  /** Everybody works, each at their own pace, while `happening` goes on. */
  const whileWorking = async (happening: () => Promise<unknown>): Promise<Tally> => {
    const tally = newTally();
    let isOver = false;
    const each = (at: Desk, write: (() => Promise<void>) | null) => async (): Promise<void> => {
      for (let turn = 0; !isOver || turn === 0; turn += 1) {
        await work.read(tally, () => at.installation.request(listConnections));
        const isTurn = turn % 20 === 0 && turn < 100;
        if (at.connection.accessMode === 'direct') {
          const grant = await work.grantTo(at, tally);
          if (isTurn) expect((await callWith(grant)).status).toBe(200);
        } else if (at.connection.providerId === 'stora') {
          await work.read(tally, () => work.broker(at, 'GET', '/2025-09/contacts'));
        }
        // Few enough for the providers' quotas, however long it takes.
        if (isTurn) await write?.();
      }
    };
    const shared = desk('team');
    await Promise.all([
      happening().finally(() => (isOver = true)),
      each(desk('mario, Fatture in Cloud'), null)(),
      each(desk('mario, Stora'), () => writeNote(desk('mario, Stora'), tally))(),
      each(desk('bruna, Stora'), () => writeNote(desk('bruna, Stora'), tally))(),
      each(shared, () => writeClient(shared, tally))(),
    ]);
    return tally;
  };

  const search = async (query: object): Promise<AuditLine[]> =>
    (await ada.call(readAudit, { input: query as never })).entries;
  /** Finds each step in the log, with who did it (null: the member themselves) and to whom. */
  const expectSteps = async (more: ReadonlyArray<Step>): Promise<void> => {
    const admin = idOf('Ada Neri');
    const [mario, brunaId, sofiaId] = [idOf('Mario Rossi'), idOf('Bruna Verdi'), idOf('Signora sofia')];
    const steps: Step[] = [
      ['member_invited', 'operator', admin],
      ['role_given', 'operator', admin],
      ['store_migrated', 'operator', null],
      ['installation_enrolled', null, admin],
      ['member_invited', admin, mario],
      ['installation_enrolled', null, mario],
      ['member_invited', admin, brunaId],
      ['installation_enrolled', null, brunaId],
      ['member_joined', null, sofiaId],
      ['connection_made', null, brunaId],
      ['grant_issued', null, mario],
      ['api_written', null, brunaId],
      ['policy_changed', admin, null],
      ['connection_shared', admin, null],
      ['api_written', null, sofiaId],
      ['installation_removed', admin, mario],
      ['vault_rewrapped', 'operator', null],
      ...more,
    ];
    for (const [event, actorId, memberId] of steps) {
      const entries = await search({ event, ...(memberId === null ? {} : { memberId }) });
      const who = entries.map((entry) => [entry.event, entry.actorId, entry.memberId]);
      expect(who, event).toContainEqual([event, actorId, memberId]);
    }
  };

  it('the administrator tries it on one machine, moves to PostgreSQL, and starts two relays; the invite is still good', async () => {
    const alone = ['STAFFETTA_DATABASE_URL'];
    const { link } = await team.command(['invite', 'Ada Neri'], alone);
    const listed = (await team.command(['members'], alone)) as { members: Array<{ memberId: MemberId }> };
    ids.set('Ada Neri', listed.members[0]?.memberId as MemberId);
    await team.command(['members', 'role', idOf('Ada Neri'), 'admin'], alone);
    expect(await team.command(['migrate-store'])).toMatchObject({ tables: { members: 1, invites: 1 } });
    await team.start();
    const { isHealthy, findings } = await team.command(['doctor']);
    expect(isHealthy, JSON.stringify(findings)).toBe(true);
    ada = await team.join(String(link));
  });

  it('two join by link and by a code read out, one by single sign-on, one with a second browser', async () => {
    const invite = async (name: string) => {
      const made = await ada.call(people.createMember, { input: { name } });
      ids.set(name, made.memberId);
      return made.invite;
    };
    marioAtHome = await team.join((await invite('Mario Rossi')).link);
    bruna = await team.join((await invite('Bruna Verdi')).code);
    sofia = await team.signIn('sofia');
    const params = { memberId: idOf('Mario Rossi') };
    marioOnTheRoad = await team.join((await ada.call(people.createInvite, { params })).invite.link);
    const { members } = await ada.call(people.listMembers);
    ids.set('Signora sofia', members.find(({ email }) => email === 'sofia@example.com')?.id as MemberId);
    expect(members.map(({ name, role, installations }) => [name, role, installations.length]).sort()).toEqual(
      [
        ['Ada Neri', 'admin', 1],
        ['Bruna Verdi', 'member', 1],
        ['Mario Rossi', 'member', 2],
        ['Signora sofia', 'member', 1],
      ],
    );
  });

  it('they connect, and read and write: with grants, and through the relay', async () => {
    await sit('team', ada, fic);
    await sit('mario, Fatture in Cloud', marioAtHome, fic);
    await sit('mario, Stora', marioAtHome, stora);
    await sit('bruna, Stora', bruna, stora);
    await sit('bruna, Fatture in Cloud', bruna, fic);
    const tally = newTally();
    const grant = await work.grantTo(desk('mario, Fatture in Cloud'), tally);
    const name = 'Cliente 0 S.r.l.';
    written.clients.add(name);
    const answer = await callWith(grant, { data: { name } });
    expect(answer.status).toBe(200);
    const read = await work.broker(desk('bruna, Stora'), 'GET', '/2025-09/contacts');
    expect(read.status).toBe(200);
    await writeNote(desk('bruna, Stora'), tally);
    expect(tally.failures).toEqual([]);
  });

  it('a policy is set: what is off is refused by name, for whom it is off and for nobody else', async () => {
    const policy = Policy.parse({
      actions: { 'stora.note.create': { members: [idOf('Mario Rossi'), idOf('Bruna Verdi')] } },
      methods: { 'manual-token': {} },
      providers: { stora: { members: [idOf('Mario Rossi'), idOf('Bruna Verdi')] } },
    });
    await ada.call(changePolicy, { input: { basedOn: 0, policy } });
    const { policy: decision } = await sofia.call(listConnections);
    expect(decision.providersOff).toEqual(['stora']);
    await expect(team.connect(sofia, { ...stora, scopes: [...stora.scopes] })).rejects.toThrow(
      /blocked-by-admin/,
    );
    const narrower = Policy.parse({ ...policy, actions: { 'stora.note.create': {} } });
    await ada.call(changePolicy, { input: { basedOn: 1, policy: narrower } });
    const note = { content: 'No', resource: { type: 'contact', id: contactId() } };
    const refused = await work.broker(
      desk('bruna, Stora'),
      'POST',
      '/2025-09/notes',
      note,
      crypto.randomUUID(),
    );
    expect([refused.status, await work.nameOf(refused)]).toEqual([403, 'blocked-by-admin']);
    await ada.call(changePolicy, { input: { basedOn: 2, policy } });
    await writeNote(desk('bruna, Stora'), newTally());
  });

  it('a connection becomes the team’s: one who never connected works with it, and never sees its token', async () => {
    const { connection } = desk('team');
    const params = { connectionId: connection.id };
    const sharedWith = { roles: [], groups: [], members: [idOf('Signora sofia')] };
    await ada.call(shareConnection, { params, input: { sharedWith } });
    const { connections } = await sofia.call(listConnections);
    expect(connections).toMatchObject([{ id: connection.id, owner: 'team', accessMode: 'brokered' }]);
    desks.set('team', { installation: sofia, connection: connections[0] as Connection });
    const tally = newTally();
    await writeClient(desk('team'), tally);
    expect(tally.failures).toEqual([]);
    expect((await sofia.refusal(createGrant, { params, input: {} })).code).toBe('access-brokered');
    expect((await bruna.refusal(createGrant, { params, input: {} })).code).toBe('not-found');
  });

  it('a laptop is stolen: its next call is refused, at once, and its owner’s other browser works on', async () => {
    const { members } = await ada.call(people.listMembers);
    const mario = members.find(({ id }) => id === idOf('Mario Rossi'));
    const stolen = mario?.installations.toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0];
    stolenId = stolen?.id as InstallationId;
    await marioOnTheRoad.call(listConnections);
    const startedAt = performance.now();
    await ada.call(people.removeInstallation, { params: { installationId: stolenId } });
    expect((await marioOnTheRoad.refusal(listConnections)).status).toBe(401);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await work.grantTo(desk('mario, Fatture in Cloud'), newTally())).not.toBeNull();
  });

  it('the vault’s keys are changed while everybody works, and no call fails', async () => {
    let rotated: Record<string, unknown> = {};
    const tally = await whileWorking(async () => (rotated = await team.command(['keys', 'rotate'])));
    expect(rotated).toMatchObject({ connections: 5 });
    expect(tally).toMatchObject({ again: 0, failures: [] });
    expect(tally.calls).toBeGreaterThan(50);
  });

  it('a backup is made while everybody works, and no call fails', async () => {
    const file = join(team.folder, 'backup.age');
    let made: Record<string, unknown> = {};
    const tally = await whileWorking(async () => (made = await team.command(['backup', file])));
    expect(made).toMatchObject({ rows: { members: 5, connections: 5 } });
    expect(tally).toMatchObject({ again: 0, failures: [] });
    backup = { file, auditHead: String(made['auditHead']) };
  });

  it('one relay is killed in the middle of a refresh, under load: the other answers, and nobody loses a token', async () => {
    const [doomed] = team.relays;
    if (doomed === undefined) throw new Error('no relay');
    await team.advance(dayMs + 60_000);
    for (const installation of everybody()) await installation.openSession();
    const statuses = async () => (await listed()).map(({ status, isInDoubt }) => [status, isInDoubt]);
    const tally = await whileWorking(async () => {
      await doomed.tell({ killAt: 'answered' });
      await expect.poll(() => doomed.isAlive, { interval: 10 }).toBe(false);
      // Once the dead relay's lease has run out the other asks again, with the token that it was asking with.
      await expect
        .poll(statuses, { interval: 250 })
        .toEqual(Array.from({ length: 5 }, () => ['active', false]));
    });
    expect(tally.failures).toEqual([]);
    await doomed.tell({ killAt: null });
    await doomed.start();
  });

  it('each relay is replaced in turn while everybody works, and nobody notices', async () => {
    const tally = await whileWorking(async () => {
      for (const relay of team.relays) {
        await relay.kill('SIGTERM');
        await relay.start();
        const before = relay.lines.length;
        // The other one's turn comes when nginx sends calls to this one again.
        await expect.poll(() => relay.lines.length).toBeGreaterThan(before);
      }
    });
    expect(tally.failures).toEqual([]);
    // A connection that the system had taken for a relay, and the relay not yet, when it was told to end.
    expect(tally.again).toBeLessThanOrEqual(team.relays.length);
  });

  it('the log says of each step of the day who did it, to an administrator and to the operator alike', async () => {
    await expectSteps([['store_backed_up', 'operator', null]]);
    const theft = await search({ event: 'installation_removed', memberId: idOf('Mario Rossi') });
    const removal = { installationId: stolenId, actorId: idOf('Ada Neri'), memberId: idOf('Mario Rossi') };
    expect(theft).toMatchObject([removal]);
    expect(await team.command(['audit', '--event', 'installation_removed'])).toMatchObject({
      entries: [removal],
    });
  });

  it('the database is lost and restored from the backup: each connection works, or says that it was interrupted', async () => {
    for (const relay of team.relays) await relay.kill('SIGKILL');
    await team.postgres?.server.admin('DROP SCHEMA public CASCADE; CREATE SCHEMA public', team.postgres.url);
    expect(await team.command(['restore', backup.file])).toMatchObject({
      isRestored: true,
      inDoubt: 5,
      auditHead: backup.auditHead,
    });
    await team.start();
    for (const installation of everybody()) await installation.openSession();
    await expect
      .poll(
        async () =>
          (await listed())
            .map(({ connectionId, status, isInDoubt }) => [connectionId, status, isInDoubt])
            .sort(),
        { interval: 500 },
      )
      .toEqual(
        [...desks]
          .map(([name, { connection }]) => [
            connection.id,
            // Nobody has asked for this one since the backup: its refresh token is the provider's current one.
            name === 'bruna, Fatture in Cloud' ? 'active' : 'interrupted',
            false,
          ])
          .sort(),
      );
    const tally = newTally();
    expect(await work.grantTo(desk('bruna, Fatture in Cloud'), tally)).not.toBeNull();
    const refused = await work.answered(tally, () => work.broker(desk('team'), 'GET', clients));
    expect(await work.nameOf(refused)).toBe('interrupted');
    // Connecting again is all there is to do.
    await sit('mario, Fatture in Cloud', marioAtHome, fic);
    expect(await work.grantTo(desk('mario, Fatture in Cloud'), tally)).not.toBeNull();
    // What was taken away before the backup stays away.
    expect((await marioOnTheRoad.refusal(listConnections)).status).toBe(401);
  });

  it('nothing was lost and nothing was done twice: every write of the day stands at its provider exactly once', () => {
    const count = (names: readonly unknown[], wanted: ReadonlySet<string>) =>
      [...wanted].map((name) => [name, names.filter((one) => one === name).length]);
    const once = (wanted: ReadonlySet<string>) => [...wanted].map((name) => [name, 1]);
    const { sandbox, stora: there } = team;
    const made = sandbox.state.clientsOf(101).map(({ name }) => name);
    expect(count(made, written.clients)).toEqual(once(written.clients));
    const notes = there.state.list('notes').map(({ content }) => content);
    expect(count(notes, written.notes)).toEqual(once(written.notes));
    expect(notes).toHaveLength(written.notes.size);
    expect(written.clients.size + written.notes.size).toBeGreaterThan(10);
  });

  it('no token, code or secret of the day stands in what the relays have logged', () => {
    const logged = team.relays.flatMap(({ lines }) => lines).join('\n');
    expect(logged).toContain('relay ready');
    const secrets = [...team.sandbox.state.secrets(), ...team.stora.state.secrets()];
    expect(secrets.length).toBeGreaterThan(20);
    expect(secrets.filter((secret) => logged.includes(secret))).toEqual([]);
  });

  it('the log is whole up to the head that was noted, and knows of the restore', async () => {
    expect(await team.command(['audit', 'verify', backup.auditHead])).toMatchObject({ isWhole: true });
    await expectSteps([['store_restored', 'operator', null]]);
  });

  it('the administrator opens the console with a link, and every step of the day stands there', async () => {
    // What the command does, at the relays' time: they are a day ahead of this machine by now.
    const store = await openPostgres(team.postgres?.url ?? '');
    const { link } = await drawLink(
      { store, config: { publicUrl: team.publicUrl }, now: () => Date.now() + dayMs + 60_000 },
      idOf('Ada Neri'),
    );
    await store.close();
    const entered = await fetch(link, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        Origin: team.publicUrl,
        'Sec-Fetch-Site': 'same-origin',
        'Content-Type': 'application/x-www-form-urlencoded',
      },
    });
    expect(entered.status).toBe(303);
    const cookie = entered.headers
      .getSetCookie()
      .map((set) => set.split(';')[0])
      .join('; ');
    const read = async (path: string): Promise<string> =>
      (await fetch(`${team.publicUrl}/admin/${path}`, { headers: { cookie } })).text();
    expect((await read('audit')).match(/<tr/g)?.length).toBeGreaterThan(20);
    const lines = (await read('audit/export.jsonl')).trim().split('\n');
    const told = new Set(lines.map((line) => (JSON.parse(line) as AuditLine).event));
    const steps = [
      'member_invited',
      'role_given',
      'installation_enrolled',
      'member_joined',
      'connection_made',
      'policy_changed',
      'installation_removed',
      'vault_rewrapped',
      'store_restored',
      'console_opened',
    ];
    expect(steps.filter((step) => !told.has(step))).toEqual([]);
    const people = await read('people');
    for (const name of ids.keys()) expect(people).toContain(name);
  });
});
