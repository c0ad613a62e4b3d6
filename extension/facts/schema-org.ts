import type { Fact, PageOrder } from '../../shared/fact.ts';
import { machineAmount, readOrder, type WrittenLine } from './order.ts';
import { addFact, identifiersOf, type Party } from './party.ts';
import { addressParts, lineOf } from './values.ts';

/** One thing described in schema.org's words, however the page wrote it down. */
export interface Thing {
  readonly [property: string]: unknown;
}

/** What structured data says: whom the page may be about, its orders, and the identifiers of whoever publishes or sells. */
export interface Structured {
  parties: Party[];
  own: string[];
  orders: PageOrder[];
}

const depthMax = 12;
const nodesMax = 2_000;
const documentTypes = new Set(['Order', 'Invoice']);
const organizationTypes = new Set(
  (
    'Organization,Corporation,LocalBusiness,OnlineBusiness,OnlineStore,Store,ProfessionalService,LegalService,' +
    'FoodEstablishment,Restaurant,LodgingBusiness,Hotel,EducationalOrganization,GovernmentOrganization,NGO'
  ).split(','),
);
// Whoever stands under these sells, or owns the site; so does its author, creator and holder of rights.
const sellerKeys = 'seller,provider,publisher,broker,merchant,author,creator,copyrightHolder'.split(',');
// What a business says of itself to passers-by, and no order says of its customer.
const publicKeys =
  'logo,sameAs,openingHours,openingHoursSpecification,priceRange,geo,hasMap,aggregateRating'.split(',');
const loneKeys = new Set(['', '@graph', 'mainEntity']); // where a thing stands for itself, not as part of another

const isThing = (value: unknown): value is Thing => typeof value === 'object' && value !== null;
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, 20) : [value]);
const manyOf = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, 200) : [value]);
const first = (value: unknown): unknown => (Array.isArray(value) ? (value[0] as unknown) : value);

const hasType = (thing: Thing, types: ReadonlySet<string>): boolean =>
  listOf(thing['@type']).some(
    (type) =>
      typeof type === 'string' && types.has(type.replace(/^(?:https?:\/\/)?schema\.org\/|^schema:/i, '')),
  );

/**
 * Reads whom `roots` are about: the customers of orders and invoices, or without any such document, the persons and
 * organizations that stand for themselves.
 */
export function readThings(
  roots: readonly unknown[],
  method: Fact['method'],
  place: { elements?: ReadonlyMap<unknown, Element>; hostname?: string },
): Structured {
  const reached: Array<{ thing: Thing; key: string }> = [];
  const named = new Map<string, Thing>();
  let nodes = 0;

  const visit = (value: unknown, key: string, depth: number): void => {
    if (!isThing(value) || depth > depthMax || nodes >= nodesMax) return;
    nodes += 1;
    if (Array.isArray(value)) {
      for (const item of value) visit(item, key, depth + 1);
      return;
    }
    reached.push({ thing: value, key });
    const id = value['@id'];
    if (typeof id === 'string' && Object.keys(value).length > 1 && !named.has(id)) named.set(id, value);
    for (const property of Object.keys(value)) visit(value[property], property, depth + 1);
  };
  for (const root of roots) visit(root, '', 0);

  // One step only, so references in a circle end here.
  const resolve = (value: unknown): unknown => {
    const id = isThing(value) && Object.keys(value).length === 1 ? value['@id'] : undefined;
    return typeof id === 'string' ? named.get(id) : value;
  };

  const partyOf = (value: unknown, billing: unknown): Party => {
    const party: Party = new Map();
    const thing: Thing = isThing(value) ? value : { name: value };
    const address = resolve(first(thing['address']));
    const element = place.elements?.get(thing) ?? null;
    const add = (kind: Fact['kind'], found: unknown): void =>
      addFact(party, kind, first(found), method, element);

    add('partita-iva', thing['vatID']);
    add('eu-vat', thing['vatID']);
    add('codice-fiscale', thing['taxID']);
    const isCompany = party.has('partita-iva') || party.has('eu-vat') || hasType(thing, organizationTypes);
    const given = [thing['givenName'], thing['familyName']]
      .flatMap((part) => lineOf(first(part)) ?? [])
      .join(' ');
    add(isCompany ? 'company-name' : 'person-name', thing['legalName'] ?? thing['name'] ?? given);
    for (const source of [thing, billing, address]) {
      if (!isThing(source)) continue;
      add('e-mail', source['email']);
      add('phone', source['telephone']);
    }
    for (const source of [billing, address]) {
      if (isThing(source)) {
        if (source === address && party.has('street')) continue; // never half of one address and half of another
        add('street', source['streetAddress']);
        add('postal-code', source['postalCode']);
        add('city', source['addressLocality']);
        add('province', source['addressRegion']);
        const country = resolve(first(source['addressCountry']));
        add('country', isThing(country) ? country['name'] : country);
      } else if (!party.has('street')) {
        for (const [kind, part] of addressParts(source)) add(kind, part);
      }
    }
    return party;
  };

  const sellers = new Set<unknown>();
  for (const { thing } of reached) {
    for (const key of sellerKeys) for (const value of listOf(thing[key])) sellers.add(resolve(value));
  }
  const own = [...sellers].flatMap((seller) =>
    isThing(seller) ? identifiersOf(partyOf(seller, undefined)) : [],
  );

  const documents = reached.filter(({ thing }) => hasType(thing, documentTypes));
  if (documents.length > 0) {
    const parties = documents.flatMap(({ thing }) => {
      const billing = resolve(first(thing['billingAddress']));
      const customers = listOf(thing['customer'])
        .map(resolve)
        .filter((customer) => isThing(customer) || typeof customer === 'string');
      if (customers.length > 0) return customers.map((customer) => partyOf(customer, billing));
      return isThing(billing) ? [partyOf(billing, billing)] : [];
    });
    const orders = documents.flatMap(({ thing }) => orderOf(thing, resolve) ?? []);
    return { parties: parties.filter((party) => party.size > 0), own, orders };
  }

  const lone = reached.filter(({ thing, key }) => {
    if (!loneKeys.has(key) || sellers.has(thing)) return false;
    if (!hasType(thing, organizationTypes) && !hasType(thing, new Set(['Person']))) return false;
    return !isPublisher(thing, place.hostname);
  });
  const parties = lone.map(({ thing }) => partyOf(thing, undefined));
  return {
    parties: parties.filter((party) => !identifiersOf(party).some((identifier) => own.includes(identifier))),
    own,
    orders: [],
  };
}

/** The lines of an order: what was offered and accepted, or what was ordered. */
function orderOf(order: Thing, resolve: (value: unknown) => unknown): PageOrder | null {
  const things = (value: unknown): Thing[] =>
    value === undefined ? [] : manyOf(value).map(resolve).filter(isThing);
  const offers = things(order['acceptedOffer']).map((offer): WrittenLine => {
    const item = resolve(first(offer['itemOffered']));
    const quantity = resolve(first(offer['eligibleQuantity']));
    return {
      description: offer['name'] ?? (isThing(item) ? first(item['name']) : item),
      quantity: machineAmount(isThing(quantity) ? quantity['value'] : quantity),
      unitPrice: machineAmount(first(offer['price'])),
    };
  });
  const items = things(order['orderedItem']).map((entry): WrittenLine => {
    const item = resolve(first(entry['orderedItem']));
    const product = isThing(item) ? item : entry;
    const offer = resolve(first(product['offers']));
    return {
      description: first(product['name']),
      quantity: machineAmount(first(entry['orderQuantity'])),
      unitPrice: machineAmount(isThing(offer) ? first(offer['price']) : undefined),
    };
  });
  const due = resolve(first(order['totalPaymentDue']));
  return readOrder({
    number: first(order['orderNumber'] ?? order['confirmationNumber'] ?? order['accountId']),
    currency: first(order['priceCurrency']) ?? things(order['acceptedOffer'])[0]?.['priceCurrency'],
    lines: offers.length > 0 ? offers : items,
    total: machineAmount(first(order['price']) ?? (isThing(due) ? (due['price'] ?? due['value']) : due)),
  });
}

/** Whether `thing` is how a site presents itself to search engines, rather than somebody the page is about. */
function isPublisher(thing: Thing, hostname: string | undefined): boolean {
  if (publicKeys.some((key) => thing[key] !== undefined)) return true;
  const address = first(thing['url']);
  if (typeof address !== 'string' || hostname === undefined) return false;
  return URL.canParse(address) && new URL(address).hostname === hostname;
}
