import { AuditLine } from '../../../shared/api/audit.ts';
import { findEntries, type AuditFilter } from '../../store/audit.ts';
import type { Statements } from '../../store/driver.ts';

/** How many entries are read at a time. */
const pageSize = 500;

/** A cell of a table that a spreadsheet takes for text, whatever a stranger wrote: not for a formula (CWE-1236). */
export function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const isFormula = typeof value === 'string' && /^[\s'"]*[=+\-@\t\r\n|%]/u.test(text);
  return `"${isFormula ? "'" : ''}${text.replaceAll('"', '""')}"`;
}

const columns = Object.keys(AuditLine.shape) as Array<keyof AuditLine>; // keys of a constant

/** Every entry that fits, newest first, a page at a time, so that a log of years is never held whole. */
async function* entriesIn(store: Statements, filter: AuditFilter): AsyncGenerator<AuditLine[]> {
  for (let { before } = filter; ;) {
    const page = await findEntries(store, { ...filter, before, limit: pageSize });
    yield page.map((entry) => AuditLine.parse(entry));
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    before = last.sequence;
  }
}

/** JSON Lines: one entry each. */
export async function* jsonLines(store: Statements, filter: AuditFilter): AsyncGenerator<string> {
  for await (const page of entriesIn(store, filter)) {
    yield page.map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}

/**
 * CSV as RFC 4180 has it, with a mark in front by which spreadsheets know UTF-8.
 *
 * @param nameOf what somebody is called, by id; empty where nobody knows
 */
export async function* csvLines(
  store: Statements,
  filter: AuditFilter,
  nameOf: (id: string | null) => string,
): AsyncGenerator<string> {
  yield `\uFEFF${['at', ...columns, 'actorName', 'memberName'].map(csvCell).join(',')}\r\n`;
  for await (const page of entriesIn(store, filter)) {
    yield page
      .map((line) => {
        const values = columns.map((column) => line[column]);
        const names = [nameOf(line.actorId), nameOf(line.memberId)];
        return `${[new Date(line.atMs).toISOString(), ...values, ...names].map(csvCell).join(',')}\r\n`;
      })
      .join('');
  }
}

/** The bytes of a file, each page of it read only when the one before has been taken. */
export function bytesOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done = false } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await texts.return(undefined);
    },
  });
}
