import type { FactKind } from '../../shared/fact.ts';
import { addFact, identifiersOf, nameOf, type Party } from './party.ts';
import type { Structured } from './schema-org.ts';
import { addressParts, comparable, factValue, lineOf } from './values.ts';
import { isVisible, outside, walk } from './walk.ts';

const inline = new Set(
  'A,ABBR,B,BDI,BDO,CITE,CODE,DATA,EM,FONT,I,KBD,LABEL,MARK,SMALL,SPAN,STRONG,SUB,SUP,TIME,U'.split(','),
);
const group = 'dl,table,section,article,fieldset,address,div,li,form,main,body';

// Labels without dots, spaces and hyphens.
const labels = new Map<string, FactKind>([
  ['piva', 'partita-iva'],
  ['partitaiva', 'partita-iva'],
  ['vat', 'partita-iva'],
  ['vatnumber', 'partita-iva'],
  ['vatno', 'partita-iva'],
  ['vatid', 'partita-iva'],
  ['codicefiscale', 'codice-fiscale'],
  ['cf', 'codice-fiscale'],
  ['email', 'e-mail'],
  ['telefono', 'phone'],
  ['tel', 'phone'],
  ['phone', 'phone'],
  ['cliente', 'person-name'],
  ['customer', 'person-name'],
  ['ragionesociale', 'company-name'],
  ['company', 'company-name'],
  ['indirizzo', 'street'],
  ['address', 'street'],
]);
const labelPattern =
  /(^|[|·•;,.(–—-]\s*)(p\.?\s?iva|partita\s?iva|vat(?:\s(?:number|no\.?|id))?|codice\s?fiscale|c\.\s?f\.?|cf|e-?mail|telefono|tel\.?|phone|cliente|customer|ragione\s?sociale|company|indirizzo|address)(?![\p{L}\d])\.?\s*(:?)\s*/giu;

interface Line {
  text: string;
  block: Element;
}

/** The kinds that `text` names as a label; "Codice fiscale / P. IVA" names two. */
function labelKinds(text: string): FactKind[] {
  if (text.length > 40) return [];
  const kinds = text.split('/').map((part) => labels.get(part.toLowerCase().replace(/[\s.:-]/g, '')));
  return kinds.every((kind) => kind !== undefined) ? kinds : [];
}

/** The lines of text under `root`, each with the block it stands in. */
function linesOf(root: Element): Line[] {
  const lines: Line[] = [];
  let isBroken = true;
  for (const node of walk(root)) {
    if (node.nodeType === 1) {
      if (!inline.has(node.nodeName.toUpperCase())) isBroken = true;
      continue;
    }
    const text = (node.nodeValue ?? '').slice(0, 4_000);
    let block = node.parentElement;
    while (block !== null && block !== root && inline.has(block.nodeName.toUpperCase()))
      block = block.parentElement;
    if (block === null) continue;
    const last = lines.at(-1);
    if (last !== undefined && !isBroken && last.block === block) {
      if (last.text.length < 4_000) last.text += text;
    } else if (text.trim() !== '') {
      lines.push({ text, block });
      isBroken = false;
    }
  }
  return lines;
}

/** What stands at the beginning of `text` as a value of `kind`; a number may have more words after it. */
function inlineValue(kind: FactKind, text: string): string | undefined {
  switch (kind) {
    case 'partita-iva':
      return /^(?:IT[\s.]*)?(?:\d[\s.]?){11}(?![\s.]?\d)/i.exec(text)?.[0];
    case 'codice-fiscale':
      return (/^(?:[a-z\d]\s?){16}(?![a-z\d])/i.exec(text) ??
        /^(?:\d[\s.]?){11}(?![\s.]?\d)/.exec(text))?.[0];
    case 'e-mail':
      return /^\S+?(?=[\s,;|·)]|\.?$)/.exec(text)?.[0];
    case 'phone':
      return /^[+(\d][\d\s().\-/]+/.exec(text)?.[0].replace(/[\s(./-]+$/, '');
    default:
      return text.split(/\s[|·•–—]\s|[|;]/, 1)[0];
  }
}

/** The label and value pairs in one line, "P. IVA: IT… · E-mail: …". */
function pairsIn(text: string): Array<readonly [FactKind, string]> {
  const found = [...text.matchAll(labelPattern)];
  return found.flatMap((match, index) => {
    const kind = labels.get((match[2] ?? '').toLowerCase().replace(/[\s.-]/g, ''));
    const isName = kind !== 'partita-iva' && kind !== 'codice-fiscale';
    if (kind === undefined || (isName && match[3] === '')) return []; // "Cliente soddisfatto" is no label
    const value = inlineValue(kind, text.slice(match.index + match[0].length, found[index + 1]?.index));
    return value === undefined ? [] : [[kind, value] as const];
  });
}

/** Whether `value` stands where a page puts what `label` labels. */
function isValueOf(value: Element, label: Element): boolean {
  if (label.nodeName === 'DT') return value.nodeName === 'DD';
  if (label.nodeName === 'TH' || label.nodeName === 'TD') return value.nodeName === 'TD';
  return value.nodeName === label.nodeName || label.nodeName === 'DIV';
}

const uniqueKinds = ['person-name', 'company-name', 'partita-iva', 'codice-fiscale'] as const;

/** Reads what labels in the visible text say of a customer; a number without a label is never an identifier. */
export function readLabelledText(document: Document): Structured {
  const root = document.body as HTMLElement | null;
  if (root === null) return { parties: [], own: [] };
  const lines = linesOf(root);
  const groups = new Map<Element, Party[]>();
  const own: string[] = [];

  const put = (kind: FactKind, value: string, element: Element): void => {
    const parsed = factValue(kind, value);
    if (parsed === null) return;
    if (element.closest(outside) !== null) {
      if (element.closest('footer,[role=contentinfo]') !== null) own.push(comparable(parsed));
      return;
    }
    if (!isVisible(element)) return;
    const place = element.closest(group) ?? root;
    const parties = groups.get(place) ?? [new Map()];
    groups.set(place, parties);
    let party = parties.at(-1) ?? new Map();
    const known = party.get(kind)?.value;
    if (known !== undefined && known !== parsed && uniqueKinds.some((unique) => unique === kind)) {
      party = new Map();
      parties.push(party);
    }
    if (kind === 'street') {
      if (!party.has('street')) {
        for (const [part, text] of addressParts(value)) addFact(party, part, text, 'labelled-text', element);
      }
    } else addFact(party, kind, value, 'labelled-text', element);
  };

  for (const [index, { text, block }] of lines.entries()) {
    const folded = lineOf(text);
    if (folded === null) continue;
    const kinds = labelKinds(folded);
    if (kinds.length === 0) {
      for (const [kind, value] of pairsIn(folded)) put(kind, value, block);
      continue;
    }
    const sibling = block.nextElementSibling;
    if (sibling === null || !isValueOf(sibling, block)) continue;
    const values: string[] = [];
    for (const line of lines.slice(index + 1, index + 9)) {
      if (!sibling.contains(line.block)) break;
      values.push(line.text);
    }
    const value = lineOf(values.join(' '));
    if (value === null || labelKinds(value).length > 0) continue;
    for (const kind of kinds) put(kind, value, sibling);
  }

  const parties = [...groups.values()]
    .flat()
    .filter(
      (party) => party.size > 0 && !identifiersOf(party).some((identifier) => own.includes(identifier)),
    );
  return { parties: joined(parties).map(withCompanyName), own };
}

/** The parties as one where the page gives each name and number once, and as they are where it gives several. */
function joined(parties: Party[]): Party[] {
  const whole: Party = new Map();
  for (const party of parties) {
    for (const [kind, fact] of party) {
      const known = whole.get(kind);
      if (known === undefined) whole.set(kind, fact);
      else if (kind === 'e-mail' || uniqueKinds.some((unique) => unique === kind)) {
        if (comparable(known.value) !== comparable(fact.value)) return parties;
      }
    }
  }
  return whole.size === 0 ? [] : [whole];
}

/** "Cliente" and "Customer" do not say who buys; a VAT number says that it is a company. */
function withCompanyName(party: Party): Party {
  const name = party.get('person-name');
  if (name === undefined || !party.has('partita-iva') || nameOf(party) !== name.value) return party;
  party.delete('person-name');
  return party.set('company-name', { ...name, kind: 'company-name' });
}
