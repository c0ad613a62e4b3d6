import { z } from 'zod';

/** Money in minor units. */
export const Money = z.object({ amount: z.int(), currency: z.string() });
/** Money in minor units. */
export type Money = z.infer<typeof Money>;

/** What we read of a contact; unknown members, which Stora adds within a version, are dropped. */
export const Contact = z.object({
  id: z.string().max(64),
  full_name: z.string().nullish(),
  email: z.string().nullish(),
  phone_number: z.string().nullish(),
  tax_id: z.string().nullish(),
  type: z.string().nullish(),
  address: z
    .object({
      line_1: z.string().nullish(),
      city: z.string().nullish(),
      postal_code: z.string().nullish(),
      state: z.string().nullish(),
      country_alpha2: z.string().nullish(),
    })
    .nullish(),
});
/** What we read of a contact. */
export type Contact = z.infer<typeof Contact>;

// Related objects are whole where they were expanded, else an id alone; without id where they were deleted.
const Site = z.object({ id: z.string(), name: z.string().nullish() });
const Unit = z.object({
  id: z.string(),
  reference_id: z.string().nullish(),
  status: z.string().nullish(),
  unit_type: z.object({ id: z.string() }).partial().nullish(),
  site: Site.partial().nullish(),
});

const Prices = z.array(z.object({ billing_period: z.string().nullish(), price: Money.nullish() })).nullish();

/** A page of contacts. */
export const Contacts = z.object({ contacts: z.array(Contact) });
/** One contact. */
export const OneContact = z.object({ contact: Contact });

/** Which unit a contact has, where, since when, billed how; unit and tenancy expanded. */
export const Allocations = z.object({
  unit_allocations: z.array(
    z.object({
      id: z.string(),
      unit: Unit.partial().nullish(),
      tenancy: z
        .object({
          id: z.string(),
          contact: z.object({ id: z.string() }).partial().nullish(),
          site: Site.partial().nullish(),
          starts_at: z.string().nullish(),
          ends_at: z.string().nullish(),
          subscription: z
            .object({ billing_period: z.string().nullish(), cancelled: z.boolean().nullish() })
            .nullish()
            .catch(null),
        })
        .partial()
        .nullish(),
    }),
  ),
});

/** What we read of an invoice. Lines name no VAT rate, only the tax. */
export const Invoice = z.object({
  id: z.string(),
  number: z.string().nullish(),
  status: z.string().nullish(),
  contact: z.object({ id: z.string() }).partial().nullish(),
  total: Money,
  amount_due: Money,
  pre_payment_credit_notes_amount: Money.nullish().catch(null),
  post_payment_credit_notes_amount: Money.nullish().catch(null),
  period_start: z.string().nullish(),
  finalized_at: z.string().nullish(),
  line_items: z.array(
    z.object({ description: z.string().nullish(), tax: Money, total_excluding_tax: Money }),
  ),
});
/** What we read of an invoice. */
export type Invoice = z.infer<typeof Invoice>;

/** A page of invoices. */
export const Invoices = z.object({
  invoices: z.array(Invoice),
  meta: z.object({ pagination: z.object({ next: z.int().nullish() }).nullish() }).nullish(),
});

/** Sites, unit types and units. */
export const Sites = z.object({ sites: z.array(Site) });
/** A page of unit types. */
export const UnitTypes = z.object({
  unit_types: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullish(),
      site: Site.partial().nullish(),
      prices: Prices,
    }),
  ),
});
/** A page of units. */
export const Units = z.object({
  units: z.array(Unit),
  meta: z.object({ pagination: z.object({ count: z.int().nullish() }).nullish() }).nullish(),
});

/** Stages of deals. */
export const Stages = z.object({
  stages: z.array(z.object({ id: z.string(), name: z.string().nullish(), position: z.number().nullish() })),
});

const Staff = z.object({ id: z.string(), name: z.string().nullish() }).partial();
/** A page of tasks; who made them and whom they were given to expanded. */
export const Tasks = z.object({
  tasks: z.array(z.object({ assignee: Staff.nullish(), creator: Staff.nullish() })),
});

/** A page of products: what is sold beside the units. */
export const Products = z.object({
  products: z.array(z.object({ id: z.string(), name: z.string().nullish(), prices: Prices })),
});

/** A page of orders, which bookings are; the site expanded. */
export const Orders = z.object({
  orders: z.array(
    z.object({
      id: z.string(),
      status: z.string().nullish(),
      site: Site.partial().nullish(),
      total: Money.nullish().catch(null),
      created_at: z.string().nullish(),
    }),
  ),
});
