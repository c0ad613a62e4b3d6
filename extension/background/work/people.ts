import { createLink, deleteLink, findLinks } from '../../../shared/api/links.ts';
import type { FailureCode } from '../../../shared/diagnosis.ts';
import { Failure, reportOf, type FailureReport } from '../../../shared/failure.ts';
import type { ClientSummary } from '../../../shared/view/fatture-in-cloud.ts';
import type { ContactSummary } from '../../../shared/view/stora.ts';
import type { Difference, Person } from '../../../shared/view/people.ts';
import { peopleOf } from '../../../shared/people.ts';
import { readClient, searchClients } from '../../actions/fic.client.find.ts';
import { createContact, updateContact } from '../../actions/stora.contact.save.ts';
import { searchContacts } from '../../actions/stora.contact.find.ts';
import { readContact } from '../../actions/stora.contact.show.ts';
import { changesFor, differencesOf } from '../../bridge/differences.ts';
import { summaryOf } from '../../fatture-in-cloud/client.ts';
import { contactSummary, customerOf } from '../../stora/contact.ts';
import { callFor, callForCompany } from '../provider/account.ts';
import { addEntity } from './entities.ts';
import { callRelay } from '../wire/relay.ts';

/** Why a system is none that the member works with. */
const elsewhere: ReadonlySet<FailureCode> = new Set([
  'not-connected',
  'company-not-chosen',
  'blocked-by-organisation',
]);

/** Looks for somebody in both systems at once; one that cannot be asked takes nothing from the other. */
export async function findPeople(query: string): Promise<{ people: Person[]; failures: FailureReport[] }> {
  const [clients, contacts] = await Promise.allSettled([findClients(query), findContacts(query)]);
  if (clients.status === 'rejected' && contacts.status === 'rejected') throw clients.reason;
  const found = clients.status === 'fulfilled' ? clients.value : { companyId: null, clients: [] };
  const known = contacts.status === 'fulfilled' ? contacts.value : [];
  const links =
    found.companyId === null
      ? []
      : (
          await callRelay(
            findLinks,
            {},
            {
              companyId: found.companyId,
              clientIds: found.clients.map(({ id }) => id),
              contactIds: known.map(({ id }) => id),
            },
          )
        ).links;
  const failures = [clients, contacts].flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    const failure = reportOf(result.reason);
    // Somebody who works with one of the two systems only need not hear of the other.
    return elsewhere.has(failure.code) ? [] : [failure];
  });
  return { people: peopleOf(found.clients, known, links), failures };
}

async function findClients(query: string): Promise<{ companyId: number; clients: ClientSummary[] }> {
  const { call, company } = await callForCompany('fic.client.find');
  return { companyId: company.id, clients: (await searchClients(call, company.id, query)).map(summaryOf) };
}

async function findContacts(query: string): Promise<ContactSummary[]> {
  const { call } = await callFor('stora.contact.find');
  return (await searchContacts(call, query)).map(contactSummary);
}

/** Says that two records are one person, or that they are not. */
export async function linkPeople(clientId: number, contactId: string, isLinked: boolean): Promise<void> {
  const { company } = await callForCompany('fic.client.find');
  await callRelay(isLinked ? createLink : deleteLink, {}, { companyId: company.id, clientId, contactId });
}

/** Makes a client a contact and links the two. */
export async function contactFromClient(
  client: { clientId: number; name: string; email: string; vatNumber: string | null },
  key: string,
): Promise<boolean> {
  const { call } = await callFor('stora.contact.save');
  const { contact, created } = await createContact(
    call,
    {
      full_name: client.name,
      email: client.email,
      type: client.vatNumber === null ? 'domestic' : 'company',
      ...(client.vatNumber === null ? {} : { tax_id: client.vatNumber }),
    },
    key,
  );
  await linkPeople(client.clientId, contact.id, true);
  return created;
}

/** What a contact would have to become to say what the client says. */
export async function readDifferences(clientId: number, contactId: string) {
  const { client, contact } = await readBoth(clientId, contactId);
  return differencesOf(client, contact);
}

/** Takes fields over from the client. */
export async function updateFromClient(
  clientId: number,
  contactId: string,
  fields: Array<Difference['field']>,
): Promise<void> {
  const { client } = await readBoth(clientId, contactId);
  const { call } = await callFor('stora.contact.save');
  await updateContact(call, contactId, changesFor(client, fields));
}

async function readBoth(clientId: number, contactId: string) {
  const { call, company } = await callForCompany('fic.client.find');
  const { call: ask } = await callFor('stora.contact.show');
  const [client, contact] = await Promise.all([
    readClient(call, company.id, clientId),
    readContact(ask, contactId),
  ]);
  return { client, contact };
}

/** One write at a time for each contact, however often it is pressed. */
const creating = new Map<string, Promise<{ created: boolean; companyName: string }>>();

/** Makes a contact a client and links the two. */
export function clientFromContact(contactId: string): Promise<{ created: boolean; companyName: string }> {
  let write = creating.get(contactId);
  if (write === undefined) {
    write = createFrom(contactId).finally(() => creating.delete(contactId));
    creating.set(contactId, write);
  }
  return write;
}

async function createFrom(contactId: string): Promise<{ created: boolean; companyName: string }> {
  const { call: ask } = await callFor('stora.contact.show');
  const contact = await readContact(ask, contactId);
  if (contact.name === '') throw new Failure('provider-rejected-data', { fields: ['name'] });
  const { call, company } = await callForCompany('fic.client.create');
  const { client, created } = await addEntity('client', call, company.id, customerOf(contact));
  await linkPeople(client.id, contactId, true);
  return { created, companyName: company.name };
}
