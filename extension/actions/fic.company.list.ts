import { z } from 'zod';
import type { Company } from '../../shared/view/fatture-in-cloud.ts';
import type { Call } from './action.ts';

const Named = z.object({
  id: z.int().positive(),
  name: z.string(),
  // The document says string, its own example is a number.
  vat_number: z.union([z.string(), z.number()]).nullish(),
});

/** `/user/companies` also carries an `access_token` per company: it is not in the schema, so it is dropped here. */
const Companies = z.object({
  data: z.object({
    companies: z.array(
      Named.extend({
        type: z.string().nullish(),
        controlled_companies: z.array(Named).nullish(),
      }),
    ),
  }),
});

const User = z.object({ data: z.object({ name: z.string().nullish(), email: z.string().nullish() }) });

/** Who is connected, and the companies the account may work with. */
export interface Account {
  name: string;
  email: string;
  companies: Company[];
}

const companyOf = (
  { id, name, vat_number }: z.infer<typeof Named>,
  controlledBy: string | null,
): Company => ({
  id,
  name,
  vatNumber: vat_number == null || vat_number === '' ? null : String(vat_number),
  controlledBy,
});

/**
 * Asks Fatture in Cloud who is connected. An accountant's studio counts through the companies it controls: those are
 * the ids that calls need.
 *
 * @see https://developers.fattureincloud.it/docs/basics/company-scoped-methods/
 */
export async function listCompanies(call: Call): Promise<Account> {
  const [user, answer] = await Promise.all([
    call({ method: 'GET', path: '/user/info', schema: User }),
    call({ method: 'GET', path: '/user/companies', schema: Companies }),
  ]);
  const companies = answer.data.companies.flatMap((company) => {
    if (company.type !== 'accountant') return [companyOf(company, null)];
    return (company.controlled_companies ?? []).map((controlled) => companyOf(controlled, company.name));
  });
  return { name: user.data.name ?? '', email: user.data.email ?? '', companies };
}
