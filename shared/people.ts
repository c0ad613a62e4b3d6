import type { ClientSummary } from './view/fatture-in-cloud.ts';
import type { ContactSummary } from './view/stora.ts';
import type { Person } from './view/people.ts';

const comparable = (text: string | null): string | null =>
  text === null
    ? null
    : text
        .normalize('NFKD')
        .replaceAll(/[^\p{Letter}\p{Number}]/gu, '')
        .toLowerCase();

const vatOf = (text: string | null): string | null => comparable(text)?.replace(/^it(?=\d{11}$)/, '') ?? null;

/** Which of two records' facts differ although both have one. */
function conflictsOf(client: ClientSummary, contact: ContactSummary): Person['conflicts'] {
  const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;
  return [
    ...(differ(vatOf(client.vatNumber), vatOf(contact.vatNumber)) ? (['vat-number'] as const) : []),
    ...(differ(comparable(client.email), comparable(contact.email)) ? (['e-mail'] as const) : []),
    ...(differ(comparable(client.city), comparable(contact.city)) ? (['address'] as const) : []),
  ];
}

/** How surely two records are one person: 0 for not at all. */
function likeness(client: ClientSummary, contact: ContactSummary): number {
  const same = (a: string | null, b: string | null): boolean => a !== null && a !== '' && a === b;
  if (same(vatOf(client.vatNumber), vatOf(contact.vatNumber))) return 3;
  if (same(comparable(client.email), comparable(contact.email))) return 2;
  return same(comparable(client.name), comparable(contact.name)) ? 1 : 0;
}

/**
 * Puts what two systems found together into people.
 *
 * Pairs that were linked come first, then the same VAT number, e-mail, name, the surest first; each record is in one
 * pair at most. What two records of one person say differently is named, never decided.
 *
 * @param links pairs of ids that somebody on the team has linked
 */
export function peopleOf(
  clients: readonly ClientSummary[],
  contacts: readonly ContactSummary[],
  links: ReadonlyArray<{ clientId: number; contactId: string }>,
): Person[] {
  const isLinked = (client: ClientSummary, contact: ContactSummary): boolean =>
    links.some(({ clientId, contactId }) => clientId === client.id && contactId === contact.id);
  const pairs = clients
    .flatMap((client) =>
      contacts.map((contact) => {
        const linked = isLinked(client, contact);
        return { client, contact, linked, sure: linked ? 4 : likeness(client, contact) };
      }),
    )
    .filter(({ sure }) => sure > 0)
    .toSorted((a, b) => b.sure - a.sure);
  const paired = new Map<ClientSummary | ContactSummary, Person>();
  for (const { client, contact, linked } of pairs) {
    if (paired.has(client) || paired.has(contact)) continue;
    const person = { client, contact, linked, conflicts: conflictsOf(client, contact) };
    paired.set(client, person).set(contact, person);
  }
  const people = new Set([...clients, ...contacts].map((record) => paired.get(record) ?? alone(record)));
  return [...people];
}

const alone = (record: ClientSummary | ContactSummary): Person => ({
  client: typeof record.id === 'number' ? (record as ClientSummary) : null,
  contact: typeof record.id === 'string' ? (record as ContactSummary) : null,
  linked: false,
  conflicts: [],
});
