import { Customer } from '../../../shared/fact.ts';
import type { Role } from '../../../shared/view/fatture-in-cloud.ts';
import { parseCodiceFiscale } from '../../facts/codice-fiscale.ts';
import { parseEuVat } from '../../facts/eu-vat.ts';
import { parsePartitaIva } from '../../facts/partita-iva.ts';
import { parseSdiCode } from '../../facts/sdi-code.ts';
import { callForCompany } from '../account.ts';
import { addEntity, roles } from '../entities.ts';
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
