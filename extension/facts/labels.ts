import type { FactKind } from '../../shared/fact-kind.ts';

// Each label in lower case; a space stands for any dots, spaces and hyphens, or none.
const spellings: ReadonlyArray<readonly [FactKind, string]> = [
  ['partita-iva', 'p iva,partita iva,vat,vat number,vat no,vat id,vat registration number'],
  ['codice-fiscale', 'codice fiscale,cod fiscale,c f,tax code,fiscal code'],
  [
    'sdi-code',
    'codice destinatario,codice univoco,codice univoco ufficio,codice sdi,sdi,cod destinatario,cod univoco',
  ],
  ['pec', 'pec,posta elettronica certificata,indirizzo pec,certified e mail'],
  ['iban', 'iban,codice iban'],
  ['e-mail', 'e mail,mail,e mail address,indirizzo e mail'],
  ['phone', 'telefono,tel,phone,phone number,cellulare,mobile'],
  ['person-name', 'cliente,customer,customer name,nome e cognome,intestatario'],
  ['company-name', 'ragione sociale,denominazione,azienda,company,company name'],
  ['street', 'indirizzo,address'],
  ['postal-code', 'cap,postal code,postcode,zip code'],
  ['city', 'città,city'],
  ['province', 'provincia,province'],
  ['country', 'paese,nazione,country'],
];

const kinds = new Map<string, FactKind>();
const patterns: string[] = [];
for (const [kind, list] of spellings) {
  for (const label of list.split(',')) {
    kinds.set(label.replaceAll(' ', ''), kind);
    patterns.push(label.replaceAll(' ', '[.\\s-]*'));
  }
}
patterns.sort((a, b) => b.length - a.length); // or "VAT" would be read in "VAT number"

const labelPattern = new RegExp(
  `(^|[|·•;,.(–—-]\\s*)(${patterns.join('|')})(?![\\p{L}\\d])\\.?\\s*(:?)\\s*`,
  'giu',
);

/** Whether any label can stand in `text`: one cheap look, where most lines of a page have none. */
const anyLabel = new RegExp(patterns.join('|'), 'i');

/** Whether `text` may have a label in it; where not, it need not be looked at closely. */
export const mayLabel = (text: string): boolean => anyLabel.test(text);

const kindOf = (label: string): FactKind | undefined =>
  kinds.get(label.toLowerCase().replace(/[\s.:-]/g, ''));

/** The kinds that `text` names as a label, "Codice fiscale / P. IVA" two of them; none if it is no label. */
export function labelKinds(text: string): FactKind[] {
  if (text.length > 40) return [];
  const named = text.split('/').map(kindOf);
  return named.every((kind) => kind !== undefined) ? named : [];
}

/** What stands at the beginning of `text` as a value of `kind`; a number may have more words after it. */
function valueIn(kind: FactKind, text: string): string | undefined {
  switch (kind) {
    case 'partita-iva':
      return (/^(?:IT[\s.]*)?(?:\d[\s.]?){11}(?![\s.]?\d)/i.exec(text) ??
        /^[a-z]{2}[\s.]?[a-z\d](?:[\s.]?[a-z\d]){6,12}(?![a-z\d])/i.exec(text))?.[0];
    case 'codice-fiscale':
      return (/^(?:[a-z\d]\s?){16}(?![a-z\d])/i.exec(text) ??
        /^(?:\d[\s.]?){11}(?![\s.]?\d)/.exec(text))?.[0];
    case 'sdi-code':
      return /^[a-z\d]{6,7}(?![a-z\d])/i.exec(text)?.[0];
    case 'iban':
      return /^[a-z]{2}\d{2}(?:\s?[a-z\d]){11,30}(?![a-z\d])/i.exec(text)?.[0];
    case 'pec':
    case 'e-mail':
      return /^\S+?(?=[\s,;|·)]|\.?$)/.exec(text)?.[0];
    case 'phone':
      return /^[+(\d][\d\s().\-/]+/.exec(text)?.[0].replace(/[\s(./-]+$/, '');
    default:
      return text.split(/\s[|·•–—]\s|[|;]/, 1)[0];
  }
}

/** The label and value pairs in one line, "P. IVA: IT… · E-mail: …". */
export function pairsIn(text: string): Array<readonly [FactKind, string]> {
  const found = [...text.matchAll(labelPattern)].flatMap((match) => {
    const kind = kindOf(match[2] ?? '');
    const isNumber = kind === 'partita-iva' || kind === 'codice-fiscale' || kind === 'iban';
    if (kind === undefined || (!isNumber && match[3] === '')) return []; // "Cliente soddisfatto" is no label
    return [{ kind, start: match.index, end: match.index + match[0].length }];
  });
  return found.flatMap(({ kind, end }, index) => {
    const value = valueIn(kind, text.slice(end, found[index + 1]?.start));
    return value === undefined ? [] : [[kind, value] as const];
  });
}
