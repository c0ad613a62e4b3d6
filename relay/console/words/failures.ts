import type { FailureCode } from '../../../shared/diagnosis.ts';

type Sentences = Partial<Record<FailureCode, readonly [it: string, en: string]>>;

const sentences = {
  'not-found': [
    'Questa pagina non c’è, o ciò che mostrava non c’è più.',
    'This page does not exist, or what it showed is gone.',
  ],
  'not-admin': [
    'Solo un amministratore può farlo. Chi controlla vede tutto e non cambia nulla.',
    'Only an administrator can do this. An auditor sees everything and changes nothing.',
  ],
  'last-admin': [
    'È l’unico amministratore. Prima dai il ruolo di amministratore a un’altra persona.',
    'This is the only administrator. First make somebody else an administrator.',
  ],
  'changed-meanwhile': [
    'Nel frattempo qualcun altro l’ha cambiato. Torna indietro, ricarica la pagina e riprova.',
    'Somebody else has changed this meanwhile. Go back, reload the page and try again.',
  ],
  'team-has-one': [
    'Il team ha già un collegamento a questo servizio. Prima scollega quello o restituiscilo.',
    'The team has a connection to this provider already. Disconnect that one or give it back first.',
  ],
  expired: [
    'Questo collegamento è scaduto. Va collegato di nuovo nell’estensione; poi riprova.',
    'This connection has expired. It has to be connected again in the extension; then try again.',
  ],
  revoked: [
    'Il permesso di questo collegamento è stato tolto. Va collegato di nuovo nell’estensione; poi riprova.',
    'The permission of this connection was taken back. It has to be connected again in the extension; then try again.',
  ],
  interrupted: [
    'Il rinnovo di questo collegamento si è interrotto a metà. Va collegato di nuovo nell’estensione; poi riprova.',
    'Renewing this connection stopped halfway. It has to be connected again in the extension; then try again.',
  ],
  'address-taken': [
    'Qualcuno del team ha già questo indirizzo, o è stato rimosso con questo: in tal caso permetti prima il suo rientro, nella pagina delle persone.',
    'Somebody on the team has this address already, or was removed with it: in that case allow their return first, on the page of people.',
  ],
  'flow-used': [
    'Questa conferma è già stata usata o è scaduta. Torna indietro e ricomincia: non è stato cambiato nulla.',
    'This confirmation has been used already or has ended. Go back and start again: nothing was changed.',
  ],
  'flow-unknown': [
    'Questo accesso non è iniziato qui o è scaduto. Ricomincia dalla pagina di accesso.',
    'This sign-in did not begin here or has ended. Start again from the sign-in page.',
  ],
  'flow-expired': [
    'L’accesso ha richiesto troppo tempo. Ricomincia dalla pagina di accesso.',
    'Signing in took too long. Start again from the sign-in page.',
  ],
  'key-mismatch': [
    'L’accesso è iniziato in un altro browser. Ricomincia in questo.',
    'The sign-in began in another browser. Start again in this one.',
  ],
  'response-mismatch': [
    'La risposta dell’accesso aziendale non si può usare. Ricomincia dalla pagina di accesso.',
    'The answer of the work sign-in cannot be used. Start again from the sign-in page.',
  ],
  declined: [
    'L’accesso è stato annullato. Ricomincia quando vuoi.',
    'The sign-in was cancelled. Start again when you like.',
  ],
  'sign-in-off': [
    'L’accesso con l’account aziendale non è attivo su questo relay. Usa il link del comando.',
    'Signing in with a work account is not switched on for this relay. Use the command’s link.',
  ],
  'sign-in-refused': [
    'Questo account non è accettato. Chiedi a un amministratore.',
    'This account is not taken in. Ask an administrator.',
  ],
  'invite-invalid': [
    'Questo link è già stato usato o è scaduto. Fatti dare un nuovo link con il comando: npm run relay -- console',
    'This link has been used already or has ended. Get a new one with the command: npm run relay -- console',
  ],
  'origin-refused': [
    'Questa richiesta non viene da una pagina aperta in questa sessione. Torna indietro, ricarica la pagina e riprova.',
    'This request does not come from a page of this session. Go back, reload the page and try again.',
  ],
  'request-invalid': [
    'Qualcosa nei campi non va bene. Torna indietro e correggi; non è stato cambiato nulla.',
    'Something in the fields is not right. Go back and correct it; nothing was changed.',
  ],
  'media-type-refused': [
    'Questa richiesta non viene da un modulo della console.',
    'This request does not come from a form of the console.',
  ],
  'request-too-large': [
    'È troppo grande. Non è stato cambiato nulla.',
    'This is too large. Nothing was changed.',
  ],
  'rate-limited': [
    'Troppe richieste in poco tempo. Aspetta un minuto e riprova.',
    'Too many requests in a short time. Wait a minute and try again.',
  ],
  'provider-down': [
    'Il servizio non risponde. Riprova tra poco.',
    'The service does not answer. Try again shortly.',
  ],
  'storage-unavailable': [
    'Il database del relay non si può usare adesso. Esegui «npm run relay -- doctor» sulla macchina del relay.',
    'The relay’s database cannot be used now. Run “npm run relay -- doctor” on the relay’s machine.',
  ],
  internal: [
    'Qualcosa non ha funzionato. Riprova; se succede ancora, cerca nel registro del relay il codice qui sotto.',
    'Something went wrong. Try again; if it happens again, look in the relay’s log for the code below.',
  ],
} as const satisfies Sentences;

/** What the console says of a failure, in Italian and English, with the way out; of any other it says `internal`. */
export const failureWords: Readonly<Record<string, readonly [it: string, en: string]>> = sentences;
