import type { ActionId } from '../../shared/actions.ts';
import type { Language } from './words.ts';

/** What each action is called, in Italian and English, word for word as the extension says it; a test compares. */
export const actionWords: Readonly<Record<ActionId, readonly [it: string, en: string]>> = {
  'fic.company.list': ['Riconoscere il tuo account', 'Recognise your account'],
  'fic.client.find': ['Cercare clienti', 'Find clients'],
  'fic.client.create': ['Creare clienti', 'Create clients'],
  'fic.client.update': ['Aggiornare i clienti', 'Update clients'],
  'fic.supplier.find': ['Cercare i fornitori', 'Find suppliers'],
  'fic.supplier.create': ['Creare i fornitori', 'Create suppliers'],
  'fic.supplier.update': ['Aggiornare i fornitori', 'Update suppliers'],
  'fic.client.show': [
    'Vedere cosa è stato fatturato ai clienti e cosa devono',
    'See what clients were invoiced and owe',
  ],
  'fic.proforma.create': [
    'Fare bozze (proforma) dalle fatture di Stora e dagli ordini nelle pagine',
    'Make drafts (pro forma) from Stora invoices and orders on pages',
  ],
  'fic.quote.create': ['Fare preventivi dall’ordine in una pagina', 'Make quotes from the order on a page'],
  'fic.order.create': ['Fare ordini dall’ordine in una pagina', 'Make orders from the order on a page'],
  'fic.invoice.create': ['Fare fatture, senza inviarle', 'Make invoices, without sending them'],
  'fic.delivery_note.create': ['Fare documenti di trasporto', 'Make delivery notes'],
  'fic.document.find': ['Vedere i documenti di un cliente', 'See a client’s documents'],
  'fic.document.convert': [
    'Passare da preventivo a ordine a fattura',
    'Turn quotes into orders into invoices',
  ],
  'fic.document.send': ['Inviare documenti per e-mail', 'Send documents by e-mail'],
  'fic.einvoice.send': [
    'Controllare le fatture e inviarle allo SDI',
    'Check invoices and send them to the exchange',
  ],
  'fic.expense.create': ['Registrare le spese', 'Register expenses'],
  'fic.receipt.create': ['Registrare i corrispettivi', 'Record takings'],
  'fic.product.find': ['Cercare i prodotti', 'Find products'],
  'fic.notice.receive': ['Ricevere avvisi sulle fatture elettroniche', 'Be told of electronic invoices'],
  'stora.operator.show': ['Vedere il nome dell’operatore', 'See the operator’s name'],
  'stora.contact.find': ['Cercare contatti', 'Find contacts'],
  'stora.contact.show': ['Vedere box e fatture di un contatto', 'See a contact’s units and invoices'],
  'stora.invoice.find': ['Leggere le fatture', 'Read invoices'],
  'stora.notice.receive': [
    'Ricevere avvisi su pagamenti, prenotazioni e attività',
    'Be told of payments, bookings and tasks',
  ],
  'stora.unit.find': ['Vedere i box liberi', 'See free units'],
  'stora.product.find': ['Prodotti e prezzi', 'Products and prices'],
  'stora.order.find': ['Prenotazioni recenti', 'Recent bookings'],
  'stora.contact.save': ['Creare contatti', 'Create contacts'],
  'stora.note.create': ['Aggiungere note', 'Add notes'],
  'stora.task.create': ['Aggiungere attività', 'Add tasks'],
  'stora.deal.create': ['Aprire trattative', 'Open deals'],
};

/** What an action is called. */
export const actionName = (id: ActionId, language: Language): string =>
  actionWords[id][language === 'it' ? 0 : 1];
