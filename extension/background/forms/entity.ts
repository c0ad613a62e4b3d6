import { Customer } from '../../../shared/fact.ts';
import type { Role } from '../../../shared/view/fatture-in-cloud.ts';
import { parseCodiceFiscale } from '../../facts/codice-fiscale.ts';
import { parseEuVat } from '../../facts/eu-vat.ts';
import { parsePartitaIva } from '../../facts/partita-iva.ts';
import { customerFields } from '../../facts/party.ts';
import { parseSdiCode } from '../../facts/sdi-code.ts';
import { readSelection } from '../../facts/selection.ts';
import { callForCompany } from '../provider/account.ts';
import { addEntity, roles } from '../work/entities.ts';
import { saveWritten } from '../work/unsent-forms.ts';
import { checked, type Form } from './form.ts';

/** A new client, or a new supplier. */
export const entityForm = (role: Role): Form => ({
  async send(values) {
    const customer = customerOf(values);
    const { call, company } = await callForCompany(roles[role].actions.create);
    const { client, created } = await addEntity(role, call, company.id, customer);
    return { created, companyName: company.name, name: client.name ?? customer.name };
  },
});

/** What was written, checked: identifiers by their check digits, everything by its form. */
function customerOf(values: Readonly<Record<string, string>>): Customer {
  const fields: Record<string, string> = { ...values };
  // What is none becomes what the schema refuses.
  const check = (name: string, parse: (text: string) => string | null): void => {
    const value = fields[name]?.trim() ?? '';
    if (value !== '') fields[name] = parse(value.toUpperCase()) ?? '?';
  };
  const foreign = parseEuVat(fields['vatNumber']?.trim() ?? '');
  if (foreign === null) check('vatNumber', parsePartitaIva);
  else {
    delete fields['vatNumber'];
    fields['euVatNumber'] = foreign;
  }
  check('taxCode', parseCodiceFiscale);
  check('sdiCode', parseSdiCode);
  check('countryCode', (text) => text);
  return checked(Customer, fields);
}

/** Begins a client with what a selected text says; it waits in the side panel to be looked over. */
export async function beginClient(text: string, isPrivate: boolean): Promise<void> {
  const found = readSelection(text);
  const isCompany = found['company-name'] !== undefined || found['partita-iva'] !== undefined;
  const values: Record<string, string> = {
    type: isCompany ? 'company' : 'person',
    name: found['company-name'] ?? found['person-name'] ?? '',
    countryCode: 'IT',
  };
  for (const [field, kind] of customerFields) {
    const value = found[kind];
    if (value !== undefined) values[field === 'euVatNumber' ? 'vatNumber' : field] = value;
  }
  await saveWritten({ id: crypto.randomUUID(), kind: 'client', values, isPrivate });
}
