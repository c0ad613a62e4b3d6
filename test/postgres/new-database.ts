import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database of a test. */
export interface NewDatabase {
  name: string;
  url: string;
  drop(): Promise<void>;
}

/** Makes a database on `server`, empty or as a copy of `template`, to which nobody may be connected. */
export async function newDatabase(server: string, template?: string): Promise<NewDatabase> {
  const name = `t${randomBytes(8).toString('hex')}`;
  const admin = async (sql: string): Promise<void> => {
    const client = new Client(server);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await admin(`CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${template}`}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => admin(`DROP DATABASE ${name} WITH (FORCE)`) };
}
