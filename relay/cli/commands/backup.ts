import { z } from 'zod';
import { makeBackup } from '../../backup/backup.ts';
import { Manifest } from '../../backup/manifest.ts';
import { defineCommand, shortMoment } from '../command.ts';

const total = (rows: Record<string, number>): number =>
  Object.values(rows).reduce((sum, count) => sum + count, 0);

/** Writes the whole database into one sealed file. */
export const backup = defineCommand({
  words: 'backup',
  summary: 'write the whole database into one sealed file, while relays serve, and verify that file',
  detail:
    'It is sealed with the vault key. Keep the file on another machine, and a copy of the key somewhere else again: either alone is worth nothing, both together are everything.',
  arguments: { file: 'file to write; it must not exist' },
  example: 'backup /mnt/backups/relay-2026-11-20.age',
  input: z.object({ file: z.string().min(1) }),
  output: Manifest.extend({ file: z.string(), bytes: z.int() }),
  async run({ open, progress }, { file }) {
    return { ...(await makeBackup(await open(), file, progress)), file };
  },
  text: ({ file, bytes, rows, madeAt, auditHead }) => [
    `${file}: ${bytes} bytes, ${total(rows)} rows as of ${shortMoment(madeAt)}, opened again and verified.`,
    `Audit head: ${auditHead}`,
  ],
});
