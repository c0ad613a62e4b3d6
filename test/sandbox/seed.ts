import { randomBytes } from 'node:crypto';
import type { Company, PlainRecord, User } from './state.ts';

/** Companies: two of one owner, one alone, a studio with three, and one whose licence has run out. */
export function seedCompanies(): Company[] {
  const company = (
    id: number,
    name: string,
    vatNumber: string,
    more: Partial<Pick<Company, 'type' | 'licenceExpired' | 'controlledIds'>> = {},
  ): Company => ({
    id,
    name,
    vatNumber,
    type: 'company',
    licenceExpired: false,
    controlledIds: [],
    accessToken: `a/${randomBytes(24).toString('base64url')}`,
    ...more,
  });
  return [
    company(101, 'Officina Aurora S.r.l.', '02345678904'),
    company(102, 'Aurora Servizi S.n.c.', '03456789019'),
    company(201, 'Studio Ponte Vecchio', '04567890126', {
      type: 'accountant',
      controlledIds: [211, 212, 213],
    }),
    company(211, 'Panificio della Piazza S.r.l.', '05678901231'),
    company(212, 'Vivaio La Quercia S.a.s.', '06789012348'),
    company(213, 'Libreria del Corso S.r.l.', '07890123453'),
    company(301, 'Torrefazione Miramare S.r.l.', '08901234560'),
    company(401, 'Carpenteria Vecchia S.r.l.', '09012345675', { licenceExpired: true }),
  ];
}

/** Users, all with the password `prova`. */
export function seedUsers(): User[] {
  const user = (
    id: number,
    name: string,
    email: string,
    companyIds: number[],
    mayUseClients = true,
  ): User => ({
    id,
    name,
    email,
    password: 'prova',
    companyIds,
    mayUseClients,
  });
  return [
    user(1, 'Mario Rossi', 'demo@example.it', [101, 102]),
    user(2, 'Anna Bianchi', 'studio@example.it', [201]),
    user(3, 'Torrefazione Miramare', 'uno@example.it', [301]),
    user(4, 'Operatore', 'operatore@example.it', [101], false),
    user(5, 'Carpenteria Vecchia', 'scaduta@example.it', [401]),
  ];
}

/** Clients of the first company. */
export function seedClients(): Array<Record<string, unknown> & { name: string }> {
  const rows: ReadonlyArray<
    readonly [name: string, vat: string, email: string, city: string, province: string]
  > = [
    ["Cartoleria D'Este S.a.s.", '01234567897', 'ordini@cartoleriadeste.example.it', 'Padova', 'PD'],
    ['Caffè dell’Angolo S.n.c.', '10234567898', 'info@caffeangolo.example.it', 'Lucca', 'LU'],
    ['Tipografia San Marco S.r.l.', '11234567896', 'ufficio@tipografiasanmarco.example.it', 'Venezia', 'VE'],
    ['Aurora Giardini S.r.l.', '12234567894', 'info@auroragiardini.example.it', 'Pisa', 'PI'],
    ['Idraulica Tre Fonti S.r.l.', '13234567892', 'posta@trefonti.example.it', 'Bergamo', 'BG'],
    ['Pasticceria Sole Nascente', '14234567890', 'ordini@solenascente.example.it', 'Bari', 'BA'],
    ['Ferramenta Il Martello S.r.l.', '15234567897', 'vendite@ilmartello.example.it', 'Torino', 'TO'],
    ['Cooperativa Alta Valle', '16234567895', 'segreteria@altavalle.example.it', 'Aosta', 'AO'],
    ['Sartoria Filo d’Oro', '17234567893', 'ciao@filodoro.example.it', 'Napoli', 'NA'],
    ['Autotrasporti Due Mari S.p.A.', '18234567891', 'logistica@duemari.example.it', 'Taranto', 'TA'],
    ['Vetreria Ponte Alto S.r.l.', '19234567899', 'laboratorio@pontealto.example.it', 'Vicenza', 'VI'],
    ['Agriturismo Le Querce S.s.', '20234567897', 'soggiorni@lequerce.example.it', 'Siena', 'SI'],
    ['Elettronica Polo Nord S.r.l.', '21234567895', 'assistenza@polonord.example.it', 'Trento', 'TN'],
    ['Cantine del Falco S.p.A.', '22234567893', 'ordini@cantinefalco.example.it', 'Asti', 'AT'],
  ];
  return [
    ...rows.map(([name, vat_number, email, address_city, address_province]) => ({
      name,
      type: 'company',
      vat_number,
      email,
      address_city,
      address_province,
      country: 'Italia',
      country_iso: 'IT',
    })),
    {
      name: 'Anna Bianchi',
      type: 'person',
      email: 'bianchi@example.it',
      address_city: 'Modena',
      country: 'Italia',
      country_iso: 'IT',
    },
  ];
}

/** Suppliers of the first company. */
export function seedSuppliers(): Array<Record<string, unknown> & { name: string }> {
  return [
    {
      name: 'Legnami Valsugana S.r.l.',
      type: 'company',
      vat_number: '23234567891',
      email: 'fatture@legnamivalsugana.example.it',
      address_city: 'Trento',
      country_iso: 'IT',
    },
    { name: 'Colorificio Arno', type: 'company', vat_number: '24234567899', country_iso: 'IT' },
  ];
}

/** Products of the first company: one with a stock, one without, one with prices that have VAT in them. */
export function seedProducts(): PlainRecord[] {
  const vat = { id: 0, value: 22, description: '' };
  return [
    {
      id: 901,
      companyId: 101,
      code: 'TAV-01',
      name: 'Tavolo di rovere',
      net_price: 480,
      gross_price: 585.6,
      use_gross_price: false,
      default_vat: vat,
      in_stock: true,
      stock_current: 7,
    },
    {
      id: 902,
      companyId: 101,
      code: 'SED-04',
      name: 'Sedia impagliata',
      net_price: 70,
      gross_price: 85.4,
      use_gross_price: true,
      default_vat: vat,
      in_stock: true,
      stock_current: 0,
    },
    {
      id: 903,
      companyId: 101,
      code: 'POSA',
      name: 'Posa in opera',
      net_price: 35,
      gross_price: 42.7,
      use_gross_price: false,
      default_vat: vat,
      in_stock: false,
      stock_current: null,
    },
  ];
}
