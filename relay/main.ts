import { openAuditLog, verifyAudit, type AuditLog } from './audit.ts';
import { describeInstallations, revokeInstallations } from './cli/installations.ts';
import { MemberId } from '../shared/ids.ts';
import { inviteInstallation, inviteMember } from './cli/invite.ts';
import { retireKeys, rewrapVault, rotateKeys } from './cli/keys.ts';
import { migrateStore, MigrationError } from './cli/migrate-store.ts';
import { describeRecipes, readRecipeFile } from './cli/recipes.ts';
import { publishRecipes, RecipeError, rollBackRecipes } from './recipes.ts';
import { addToken, readToken } from './cli/token.ts';
import { serveRelay } from './cli/serve.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { Failure } from '../shared/failure.ts';
import { createClock } from './clock.ts';
import { loadKeys } from './keys/keyring.ts';
import { createLog } from './log.ts';
import type { Driver } from './store/driver.ts';
import type { MemberRole } from '../shared/member.ts';
import { operator } from './people/actor.ts';
import { changeMember } from './people/members.ts';
import { openStore } from './store/open.ts';
import { createVault, vaultFits, type Vault } from './keys/vault.ts';

/** What every command works with. */
interface Tools {
  config: Config;
  store: Driver;
  vault: Vault;
  audit: AuditLog;
}

/** A command: how it is called, what it does, and its work. Commands other than `serve` end by themselves. */
interface Command {
  words: readonly string[];
  /** Name of its one argument; in brackets where it can be left out. */
  argument?: string;
  meaning: string;
  run(tools: Tools, argument: string): Promise<void>;
}

const placeOf = ({ databaseUrl, databaseFile }: Config): { url: string | null; file: string } => ({
  url: databaseUrl?.reveal() ?? null,
  file: databaseFile,
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function giveRole(tools: Tools, id: string, role: MemberRole): Promise<void> {
  const member = MemberId.safeParse(id).data;
  try {
    if (member === undefined) throw new Failure('not-found');
    await changeMember(tools, operator, member, { role });
    print(`${id} is now: ${role}.`);
  } catch (error) {
    const code = error instanceof Failure ? error.code : '';
    if (code !== 'not-found' && code !== 'last-admin') throw error;
    process.exitCode = 1;
    print(
      code === 'not-found'
        ? 'No member has this id.'
        : 'This is the last administrator: make somebody else one first.',
    );
  }
}

const progress = (resealed: number): void => {
  process.stderr.write(`${resealed} connections sealed anew\n`);
};

const commands: readonly Command[] = [
  {
    words: ['invite'],
    argument: 'NAME',
    meaning: 'add a member, or name one by id (mem_…), and print a one-time invite link',
    run: async (tools, name) => {
      const isKnown = MemberId.safeParse(name).success;
      const link = await (isKnown ? inviteInstallation : inviteMember)(tools, name, Date.now());
      if (link === null) process.exitCode = 1;
      print(link ?? 'No member has this id.');
    },
  },
  {
    words: ['installations'],
    meaning: 'list every installation with its member',
    run: async ({ store }) => (await describeInstallations(store)).forEach(print),
  },
  {
    words: ['revoke'],
    argument: 'ID',
    meaning: 'remove an installation (ins_…) or all of a member (mem_…)',
    run: async (tools, id) => {
      const removed = await revokeInstallations(tools, id);
      if (removed.length === 0) process.exitCode = 1;
      print(removed.length === 0 ? 'Nothing has this id.' : `Removed: ${removed.join(', ')}`);
    },
  },
  {
    words: ['admins', 'add'],
    argument: 'MEMBER',
    meaning: 'let a member (mem_…) change what holds for the whole team: its recipes',
    run: (tools, id) => giveRole(tools, id, 'admin'),
  },
  {
    words: ['admins', 'remove'],
    argument: 'MEMBER',
    meaning: 'make an administrator (mem_…) a member like the others',
    run: (tools, id) => giveRole(tools, id, 'member'),
  },
  {
    words: ['token', 'add'],
    argument: 'MEMBER',
    meaning: 'give a member (mem_…) a token made by hand, from STAFFETTA_TOKEN or standard input',
    run: async (tools, member) => {
      const token = await readToken(process.env, process.stdin);
      const added = await addToken(tools, member, token, Date.now);
      print(`${added.providerName}: ${added.connectionId} works with this token, through the relay alone.`);
      if (added.hasReplaced)
        print(`Nothing uses the one before any more. Remove it. ${added.revocationSteps}`);
    },
  },
  {
    words: ['keys', 'rotate'],
    meaning: 'draw a new vault key into the key file and seal everything with it',
    run: async ({ config, ...tools }) => {
      if (config.vaultKeys.length > 0) {
        throw new ConfigError([
          'the vault key stands in STAFFETTA_VAULT_KEY: put a new one in front, then: keys rewrap',
        ]);
      }
      const work = { ...tools, onProgress: progress };
      const count = await rotateKeys(config.vaultKeyFile, () => loadKeys(config), work);
      print(`Done: ${count} connections. In ten minutes the old key can go: keys retire`);
    },
  },
  {
    words: ['keys', 'rewrap'],
    meaning: 'seal everything anew with the first vault key',
    run: async (tools) => {
      const count = await rewrapVault({ ...tools, onProgress: progress });
      print(`Done: ${count} connections. The other keys can be taken out of the settings.`);
    },
  },
  {
    words: ['keys', 'retire'],
    meaning: 'take every key but the first out of the key file',
    run: async ({ config, ...tools }) => {
      if (config.vaultKeys.length > 0) {
        throw new ConfigError(['the vault keys stand in STAFFETTA_VAULT_KEY: take the old ones out there']);
      }
      const count = await retireKeys(config.vaultKeyFile, { ...tools, onProgress: progress });
      print(`Done: ${count} old ${count === 1 ? 'key' : 'keys'} taken out.`);
    },
  },
  {
    words: ['recipes'],
    meaning: 'list the team’s recipes by version, and the ones that need repair',
    run: async ({ store }) => (await describeRecipes(store)).forEach(print),
  },
  {
    words: ['recipes', 'publish'],
    argument: 'FILE',
    meaning: 'sign the recipes in a JSON file and give them to the whole team',
    run: async (tools, file) => {
      const { version } = await publishRecipes({ ...tools, now: Date.now }, readRecipeFile(file));
      print(`Published as version ${version}.`);
    },
  },
  {
    words: ['recipes', 'rollback'],
    argument: 'VERSION',
    meaning: 'put the recipes of an earlier version back',
    run: async (tools, earlier) => {
      const { version } = await rollBackRecipes({ ...tools, now: Date.now }, Number(earlier));
      print(`Version ${earlier} is back, as version ${version}.`);
    },
  },
  {
    words: ['audit', 'verify'],
    argument: '[HEAD]',
    meaning: 'find an altered, removed or re-ordered entry of the audit log',
    run: async (tools, head) => {
      const verdict = await verifyAudit(tools, head === '' ? undefined : head);
      if (verdict.isWhole) print(`Whole: ${verdict.entries} entries. Head: ${verdict.head}`);
      else {
        print(
          `Not whole: entry ${verdict.sequence} is ${verdict.fault}; the ${verdict.entries} before it are whole.`,
        );
        process.exitCode = 1;
      }
    },
  },
  {
    words: ['migrate-store'],
    meaning: 'move the embedded database into the PostgreSQL of STAFFETTA_DATABASE_URL',
    run: async ({ config, audit, store }) => {
      if (store.kind === 'postgres') return;
      const target = await openStore(placeOf(config));
      try {
        const rows = await migrateStore(store, target, (table, count) => print(`${table}: ${count} rows`));
        print(`Done: ${rows} rows copied and compared. Start the relay with the same settings.`);
      } finally {
        await target.close();
      }
      await audit.record({ event: 'store_migrated' });
    },
  },
];

const usage = [
  'Usage:',
  '  relay                    run the relay',
  ...commands.map(
    ({ words, argument, meaning }) =>
      `  ${['relay', ...words, ...(argument === undefined ? [] : [argument])].join(' ').padEnd(25)}${meaning}`,
  ),
].join('\n');

/** The command that these arguments call, with its own argument. */
function commandOf(args: readonly string[]): { command: Command; argument: string } | undefined {
  for (const command of commands) {
    const { words, argument: name } = command;
    const rest = args.slice(words.length);
    const isCalled = words.every((word, index) => args[index] === word);
    const least = name === undefined || name.startsWith('[') ? 0 : 1;
    if (isCalled && rest.length >= least && rest.length <= (name === undefined ? 0 : 1)) {
      return { command, argument: rest[0] ?? '' };
    }
  }
  return undefined;
}

/** Runs one command; the composition root of the relay. */
async function main(args: readonly string[]): Promise<void> {
  const isServing = args.length === 0 || (args.length === 1 && args[0] === 'serve');
  const called = commandOf(args);
  if (!isServing && called === undefined) {
    process.stderr.write(`${usage}\n`);
    process.exitCode = 2;
    return;
  }
  process.umask(0o077);
  const config = readConfig(process.env);
  const isMigrating = called?.command.words[0] === 'migrate-store';
  if (isMigrating && config.databaseUrl === null)
    throw new ConfigError(['STAFFETTA_DATABASE_URL is missing']);
  // Moving reads the embedded database, with its own key file.
  const own = isMigrating ? { ...config, databaseUrl: null } : config;
  const vault = createVault(loadKeys(own));
  const store = await openStore(placeOf(own));
  let isKept = false;
  try {
    if (!(await vaultFits(vault, store))) {
      throw new ConfigError([
        'the vault key does not open this database: start with the key it was made with',
      ]);
    }
    const now = createClock();
    const audit = await openAuditLog({ store, vault, now });
    if (called !== undefined) await called.command.run({ config, store, vault, audit }, called.argument);
    else {
      const log = createLog(config.logLevel);
      const relay = await serveRelay(config, { log, store, vault, audit, now });
      process.on('uncaughtException', (error) => {
        log.error({ err: error }, 'an exception that nobody caught');
        // In order: an answer of a provider may be in hand.
        process.exitCode = 1;
        void relay.stop();
      });
      isKept = true;
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void relay.stop());
    }
  } finally {
    // An open connection would keep a process that has nothing left to do.
    if (!isKept) await store.close();
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  const isKnown = [ConfigError, Failure, MigrationError, RecipeError].some((kind) => error instanceof kind);
  const text =
    error instanceof Failure && error.code === 'storage-unavailable'
      ? `The relay cannot start:\n  - the database cannot be opened or written: ${String(error.cause)}`
      : String(error instanceof Error ? error.message : error);
  process.stderr.write(`${isKnown ? text : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = 1;
});
