import { z } from 'zod';
import { defineEndpoint, NoParams } from '../endpoint.ts';

/** What VIES, the European Commission's register, says of a VAT number; `unknown` where it says nothing just now. */
export const VatStanding = z.enum(['valid', 'not-valid', 'unknown']);
/** What VIES says of a VAT number. */
export type VatStanding = z.infer<typeof VatStanding>;

/** Asks VIES whether a VAT number is in use between countries of the EU. Nothing is kept of who asked. */
export const checkVatNumber = defineEndpoint({
  id: 'checkVatNumber',
  summary: 'Ask VIES for a VAT number',
  method: 'POST',
  path: '/v1/vat-numbers/check',
  access: 'session',
  params: NoParams,
  /** With the country's two letters as VIES writes them (`EL` for Greece). */
  input: z.strictObject({ number: z.string().regex(/^[A-Z]{2}[A-Z0-9+*]{2,12}$/) }),
  output: z.object({ standing: VatStanding }),
  failures: ['blocked-by-admin'],
});
