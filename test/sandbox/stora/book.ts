import type { StoraSandbox } from './stora.ts';
import type { Record_ } from './state.ts';

/** A booking: somebody new, or a contact that is there, and the sum of the first invoice in cents. */
interface Booking {
  contact?: Record_ | undefined;
  name?: string;
  email?: string;
  net: number;
  tax: number;
}

const euro = (amount: number) => ({ amount, currency: 'EUR', formatted: `€${(amount / 100).toFixed(2)}` });

/** What Stora makes when somebody books and pays: contact, order, tenancy, subscription and an issued invoice. */
export function book(
  { state, clock }: Pick<StoraSandbox, 'state' | 'clock'>,
  { contact: known, name = '', email = '', net, tax }: Booking,
): { contact: Record_; order: Record_; invoice: Record_ } {
  const nowMs = clock.now();
  const at = new Date(nowMs).toISOString();
  const ref = ({ id }: Record_) => ({ id });
  const [site] = state.list('sites') as [Record_];
  const contact =
    known ??
    state.add('contacts', 'con', { full_name: name, email, type: 'domestic', status: 'customer' }, nowMs);
  const order = state.add(
    'orders',
    'order',
    { site: ref(site), status: 'finalized', total: euro(net + tax) },
    nowMs,
  );
  const tenancy = state.add(
    'tenancies',
    'ten',
    { contact: ref(contact), order: ref(order), site: ref(site), unit_allocations: [], starts_at: at },
    nowMs,
  );
  const subscription = state.add(
    'subscriptions',
    'sub',
    { contact: ref(contact), order: ref(order), site: ref(site), tenancy: ref(tenancy), line_items: [] },
    nowMs,
  );
  const invoice = state.add(
    'invoices',
    'inv',
    {
      number: `STO-${String(state.list('invoices').length + 1).padStart(4, '0')}`,
      status: 'open',
      contact: ref(contact),
      site: ref(site),
      subscription: ref(subscription),
      subtotal: euro(net),
      tax: euro(tax),
      total: euro(net + tax),
      amount_due: euro(net + tax),
      amount_paid: euro(0),
      period_start: at,
      finalized_at: at,
      paid_at: null,
      line_items: [
        {
          description: 'Box',
          quantity: 1,
          price: euro(net),
          discount_total: euro(0),
          tax: euro(tax),
          total: euro(net + tax),
          total_excluding_tax: euro(net),
        },
      ],
    },
    nowMs,
  );
  return { contact, order, invoice };
}
