/** One step of the schema. Steps are never changed once released, only followed by another. */
export interface Migration {
  id: number;
  /** Written in SQLite's dialect; `postgres.ts` gives the types their PostgreSQL names. */
  sql: string;
  /** What only PostgreSQL needs, in its own dialect. */
  postgres?: string;
}
