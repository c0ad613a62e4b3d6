import { z } from 'zod';
import { ConfigError } from '../../config/config.ts';
import { loadKeys } from '../../config/keyring.ts';
import { defineCommand, type Surroundings, type Tools } from '../command.ts';
import { rewrapVault, type RewrapWork } from '../../rewrap.ts';
import { retireKeys, rotateKeys } from '../keys.ts';

const none = z.object({});
const Resealed = z.object({ connections: z.int() });

const workOf = (tools: Tools, { progress }: Surroundings): RewrapWork => ({
  ...tools,
  onProgress: (resealed) => progress.show('connections sealed anew:', resealed, null),
});

/** Opens the relay; its keys must stand in the key file. */
async function openWithKeyFile({ open }: Surroundings, otherwise: string): Promise<Tools> {
  const tools = await open();
  if (tools.config.vaultKeys.length > 0) throw new ConfigError([otherwise]);
  return tools;
}

/** Draws a new key into the key file and seals everything with it. */
export const keysRotate = defineCommand({
  words: 'keys rotate',
  summary: 'draw a new vault key into the key file and seal everything with it, while relays serve',
  detail:
    'Ten minutes later "keys retire" takes the old key out. Keep a copy of the old key as long as the backups made with it.',
  example: 'keys rotate',
  input: none,
  output: Resealed,
  async run(around) {
    const tools = await openWithKeyFile(
      around,
      'the vault key stands in STAFFETTA_VAULT_KEY: put a new one in front, then: keys rewrap',
    );
    const { config } = tools;
    const work = workOf(tools, around);
    return { connections: await rotateKeys(config.vaultKeyFile, () => loadKeys(config), work) };
  },
  text: ({ connections }) => [
    `Done: ${connections} connections. In ten minutes the old key can go: keys retire`,
  ],
});

/** Seals everything anew with the first key. */
export const keysRewrap = defineCommand({
  words: 'keys rewrap',
  summary: 'seal everything anew with the first vault key, while relays serve',
  detail:
    'Every relay must have that key in front already. It may run again at any time, and beside the same from the console; ended in the middle, it goes on where it was.',
  example: 'keys rewrap',
  input: none,
  output: Resealed,
  run: async (around) => ({ connections: await rewrapVault(workOf(await around.open(), around)) }),
  text: ({ connections }) => [
    `Done: ${connections} connections. In ten minutes the other keys can be taken out of the settings.`,
  ],
});

/** Takes every key but the first out of the key file. */
export const keysRetire = defineCommand({
  words: 'keys retire',
  summary: 'take every vault key but the first out of the key file',
  example: 'keys retire',
  input: none,
  output: z.object({ keys: z.int() }),
  async run(around) {
    const tools = await openWithKeyFile(
      around,
      'the vault keys stand in STAFFETTA_VAULT_KEY: take the old ones out there',
    );
    return { keys: await retireKeys(tools.config.vaultKeyFile, workOf(tools, around)) };
  },
  text: ({ keys }) => [`Done: ${keys} old ${keys === 1 ? 'key' : 'keys'} taken out.`],
});
