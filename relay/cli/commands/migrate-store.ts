import { z } from 'zod';
import { openAuditLog, operator } from '../../audit.ts';
import { ConfigError } from '../../config/config.ts';
import { openStore } from '../../store/open.ts';
import { defineCommand } from '../command.ts';
import { migrateStore } from '../migrate-store.ts';
import { placeOf } from '../tools.ts';

/** Moves the embedded database into PostgreSQL. */
export const migrateStoreCommand = defineCommand({
  words: 'migrate-store',
  summary: 'move the embedded database into the empty PostgreSQL of STAFFETTA_DATABASE_URL',
  detail:
    'Stop the relay first. Every row is copied and compared in one transaction; the embedded database stays as it was.',
  example: 'migrate-store',
  input: z.object({}),
  output: z.object({ tables: z.record(z.string(), z.int()), rows: z.int() }),
  async run({ readConfig, open, progress }) {
    const config = readConfig();
    if (config.databaseUrl === null) throw new ConfigError(['STAFFETTA_DATABASE_URL is missing']);
    // Moving reads the embedded database, with its own key file.
    const { store, vault, now } = await open({ ...config, databaseUrl: null });
    const target = await openStore(placeOf(config), { isPatient: true });
    const tables: Record<string, number> = {};
    try {
      const rows = await migrateStore(store, target, (table, count) => {
        tables[table] = count;
        progress.show(`rows of ${table}`, count, null);
      });
      // In the log that goes on; the embedded database stays as it was.
      const audit = await openAuditLog({ store: target, vault, now });
      await audit.record({ event: 'store_migrated', ...operator });
      return { tables, rows };
    } finally {
      await target.close();
    }
  },
  text: ({ tables, rows }) => [
    ...Object.entries(tables).map(([table, count]) => `${table}: ${count} rows`),
    `Done: ${rows} rows copied and compared. Start the relay with the same settings.`,
  ],
});
