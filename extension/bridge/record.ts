import type { Customer } from '../../shared/fact.ts';
import type { RecordDifference } from '../../shared/view/fatture-in-cloud.ts';
import { newClientFields, newClientOf, type Client, type NewClient } from '../fatture-in-cloud/client.ts';

const plain = (text: string): string => text.replaceAll(/[\s.,/’'-]/g, '').toLowerCase();

/**
 * What a record would have to become to say what the page says, in the order in which a person checks it; what the page
 * does not say stays as it is. A page shows too little to tell a person from a company: the kind is never changed.
 */
export function recordDifferences(record: Client, customer: Customer): RecordDifference[] {
  const said = newClientOf(customer);
  return newClientFields.flatMap((field) => {
    const to = said[field];
    if (field === 'type' || to === undefined) return [];
    const from = record[field] ?? '';
    return plain(from) === plain(to) ? [] : [{ field, from, to }];
  });
}

/** The change of a record that takes these fields over from the page. */
export function recordChanges(
  record: Client,
  customer: Customer,
  fields: readonly string[],
): Partial<NewClient> {
  const taken = recordDifferences(record, customer).filter(({ field }) => fields.includes(field));
  return Object.fromEntries(taken.map(({ field, to }) => [field, to]));
}
