import { migrations } from './registry.ts';

/** Number of the newest step of the schema that this build knows. */
export const schemaVersion: number = Math.max(...migrations.map(({ id }) => id));

/** A database that a newer release has brought further than this one knows; nothing in it is touched. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';

  constructor(found: number) {
    super(
      `This database has schema ${found}, and this release knows schemas up to ${schemaVersion}. A schema never goes back: ` +
        `install a release whose --version says schema ${found} or more, or restore a backup from before the update.`,
    );
  }
}

/**
 * Refuses a database that has steps of the schema which this build does not know.
 *
 * @throws NewerSchemaError naming the schema that is needed
 */
export function refuseNewer(applied: Iterable<number>): void {
  const known = new Set(migrations.map(({ id }) => id));
  const unknown = [...applied].filter((id) => !known.has(id));
  if (unknown.length > 0) throw new NewerSchemaError(Math.max(...unknown));
}
