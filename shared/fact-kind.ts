/** What a fact can say of somebody. Without a schema library: pages read it too. */
export const FactKind = [
  'person-name',
  'company-name',
  'partita-iva',
  'codice-fiscale',
  'eu-vat',
  'sdi-code',
  'pec',
  'iban',
  'e-mail',
  'phone',
  'street',
  'postal-code',
  'city',
  'province',
  'country',
] as const;
/** What a fact can say of somebody. */
export type FactKind = (typeof FactKind)[number];
