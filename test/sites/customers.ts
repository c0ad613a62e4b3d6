import type { Customer } from '../../shared/fact.ts';

const address = (street: string, postalCode: string, city: string, province: string) => ({
  street,
  postalCode,
  city,
  province,
});
/** Whom a person sees on each page of the shop. */
export const shopCustomers: Record<string, Customer | null> = {
  '/': null,
  '/inventario': null,
  '/ordini/1042': {
    type: 'company',
    name: 'Falegnameria Monte Sole S.r.l.',
    vatNumber: '04172639991',
    email: 'ordini@montesole.example.it',
    phone: '+39 051 000 0142',
    ...address('Via dei Castagni 14', '40043', 'Marzabotto', 'BO'),
    countryCode: 'IT',
  },
  '/ordini/1043': {
    type: 'company',
    name: "Cartoleria D'Este S.a.s.",
    vatNumber: '01234567897',
    email: 'ordini@cartoleriadeste.example.it',
    ...address('Corso Ercole 27', '44121', 'Ferrara', 'FE'),
    countryCode: 'IT',
  },
  '/ordini/1044': {
    type: 'person',
    name: 'Mario Rossi',
    email: 'mario.rossi@example.it',
    phone: '+390550000144',
    ...address('Via delle Rose 8', '50123', 'Firenze', 'FI'),
    countryCode: 'IT',
  },
  '/ordini/1045': {
    type: 'company',
    name: 'Restauri Valnera S.n.c.',
    vatNumber: '03519279990',
    taxCode: '03519279990',
    email: 'cantiere@valnera.example.it',
    phone: '+39 0743 000 145',
    ...address('Via della Rocca 31', '06049', 'Spoleto', 'PG'),
  },
};
