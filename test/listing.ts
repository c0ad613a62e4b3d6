import { readFileSync } from 'node:fs';

/** What a store's page says in one language, as `docs/store/` has it. */
export interface Listing {
  name: string;
  summary: string;
  description: string;
  singlePurpose: string;
  /** Why, by permission or host pattern. */
  permissions: Map<string, string>;
  /** What and why, by Firefox's name of the kind of data. */
  data: Map<string, string>;
}

const headings = {
  en: ['Name', 'Summary', 'Description', 'Single purpose', 'Permissions', 'Data'],
  it: ['Nome', 'Riassunto', 'Descrizione', 'Scopo unico', 'Permessi', 'Dati'],
} as const;

/** The last cell of each row of the one table in `section`, by the code in its first. */
const rowsOf = (section: string): Map<string, string> =>
  new Map(
    [...section.matchAll(/^\| `([^`]+)`.*\| *(\S.*?) *\|$/gm)].map(([, key = '', reason = '']) => [
      key,
      reason,
    ]),
  );

/** Reads the texts for the stores in one language; a section that is missing is empty. */
export function readListing(locale: keyof typeof headings): Listing {
  const sections = new Map(
    readFileSync(`docs/store/listing.${locale}.md`, 'utf8')
      .split(/^## /m)
      .map((part) => [part.split('\n')[0] ?? '', part.slice(part.indexOf('\n')).trim()]),
  );
  const [name = '', summary = '', description = '', singlePurpose = '', permissions = '', data = ''] =
    headings[locale].map((heading) => sections.get(heading) ?? '');
  return {
    name,
    summary,
    description,
    singlePurpose,
    permissions: rowsOf(permissions),
    data: rowsOf(data),
  };
}
