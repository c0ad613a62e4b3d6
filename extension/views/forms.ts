import type { WrittenKind } from '../../shared/view/fatture-in-cloud.ts';
import type { TextKey } from '../text.ts';

/** How a field of a form is filled in. `choice`: what it can be is asked of Fatture in Cloud. */
export interface Field {
  name: string;
  label: TextKey;
  input: 'line' | 'text' | 'date' | 'amount' | 'choice' | 'tick' | 'fixed';
  /** What it can be, where that is known here: value and label. */
  options?: ReadonlyArray<readonly [string, TextKey]>;
  isRequired?: boolean;
}

/** What a kind of draft is made of. */
export interface FormShape {
  /** In the order in which a person fills them in. */
  fields: readonly Field[];
  /** The fields that name it in the list. */
  name: readonly string[];
  /** What it begins with. */
  start(today: string): Record<string, string>;
}

const entity: FormShape = {
  name: ['name'],
  start: () => ({ type: 'company', countryCode: 'IT' }),
  fields: [
    {
      name: 'type',
      label: 'field_type',
      input: 'choice',
      options: [
        ['company', 'value_company'],
        ['person', 'value_person'],
      ],
    },
    { name: 'name', label: 'field_name', input: 'line', isRequired: true },
    { name: 'vatNumber', label: 'field_vat_number', input: 'line' },
    { name: 'taxCode', label: 'field_tax_code', input: 'line' },
    { name: 'sdiCode', label: 'field_ei_code', input: 'line' },
    { name: 'certifiedEmail', label: 'field_certified_email', input: 'line' },
    { name: 'email', label: 'field_email', input: 'line' },
    { name: 'phone', label: 'field_phone', input: 'line' },
    { name: 'street', label: 'field_address_street', input: 'line' },
    { name: 'postalCode', label: 'field_address_postal_code', input: 'line' },
    { name: 'city', label: 'field_address_city', input: 'line' },
    { name: 'province', label: 'field_address_province', input: 'line' },
    { name: 'countryCode', label: 'field_country_iso', input: 'line' },
  ],
};

/** The forms of the side panel. */
export const forms: Readonly<Record<WrittenKind, FormShape>> = {
  client: entity,
  supplier: entity,
  expense: {
    name: ['supplier', 'number'],
    start: (today) => ({ date: today }),
    fields: [
      { name: 'supplier', label: 'field_supplier', input: 'line', isRequired: true },
      { name: 'number', label: 'field_number', input: 'line', isRequired: true },
      { name: 'date', label: 'field_date', input: 'date', isRequired: true },
      { name: 'net', label: 'field_net', input: 'amount', isRequired: true },
      { name: 'tax', label: 'field_tax', input: 'amount', isRequired: true },
      { name: 'description', label: 'field_description', input: 'line' },
      { name: 'link', label: 'field_link', input: 'line' },
    ],
  },
  receipt: {
    name: ['date', 'gross'],
    start: (today) => ({ date: today, type: 'till_receipt' }),
    fields: [
      { name: 'date', label: 'field_date', input: 'date', isRequired: true },
      {
        name: 'type',
        label: 'field_receipt_type',
        input: 'choice',
        options: [
          ['till_receipt', 'value_till_receipt'],
          ['sales_receipt', 'value_sales_receipt'],
        ],
      },
      { name: 'gross', label: 'field_gross', input: 'amount', isRequired: true },
      { name: 'vat', label: 'field_vat', input: 'choice', isRequired: true },
      { name: 'account', label: 'field_account', input: 'choice', isRequired: true },
      { name: 'description', label: 'field_description', input: 'line' },
    ],
  },
  email: {
    name: ['document'],
    start: () => ({}),
    fields: [
      { name: 'document', label: 'field_document', input: 'fixed' },
      { name: 'recipient', label: 'field_recipient', input: 'line', isRequired: true },
      { name: 'sender', label: 'field_sender', input: 'choice', isRequired: true },
      { name: 'subject', label: 'field_subject', input: 'line', isRequired: true },
      { name: 'body', label: 'field_body', input: 'text', isRequired: true },
      { name: 'attachesPdf', label: 'field_attaches_pdf', input: 'tick' },
    ],
  },
};
