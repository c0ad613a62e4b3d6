import { z } from 'zod';
import { Manifest } from '../../backup/manifest.ts';
import { restoreBackup } from '../../backup/restore.ts';
import { wallClock } from '../../clock.ts';
import { defineCommand, shortMoment } from '../command.ts';

/** Puts a backup in the place of the database. */
export const restore = defineCommand({
  words: 'restore',
  summary: 'put a backup in the place of the database, after verifying it; no relay may run meanwhile',
  detail:
    'Wholly or not at all. Members are signed in again by themselves. A connection whose token was refreshed after the backup is told as interrupted, and its member connects again. Open invites have to be made anew, and what was removed after the backup is there again: look through "members", "installations" and "connections". Never let the restored relay and the old one run at the same time.',
  arguments: { file: 'backup to restore' },
  options: {
    '--replace': 'also where the database has a team in it; the embedded one stays beside the new',
    '--check': 'only open and verify the backup, and change nothing',
  },
  example: 'restore /mnt/backups/relay-2026-11-20.age',
  input: z.object({
    file: z.string().min(1),
    replace: z.boolean().default(false),
    check: z.boolean().default(false),
  }),
  output: Manifest.extend({
    isRestored: z.boolean(),
    inDoubt: z.int(),
    previousFile: z.string().nullable(),
  }),
  async run({ readConfig, progress }, { file, replace, check }) {
    const options = { replace, checkOnly: check, nowMs: wallClock() };
    const restored = await restoreBackup(readConfig(), file, options, progress);
    return { ...restored, isRestored: !check };
  },
  text: ({ isRestored, madeAt, auditHead, inDoubt, previousFile }) => [
    isRestored
      ? `Restored as of ${shortMoment(madeAt)}. Start the relay.`
      : `A good backup of ${shortMoment(madeAt)}; nothing was changed.`,
    `Audit head in it: ${auditHead}`,
    `${inDoubt} connections may have been refreshed since: the relay asks for each as soon as it starts.`,
    ...(previousFile === null ? [] : [`The database before: ${previousFile}. Remove it when all is well.`]),
  ],
});
