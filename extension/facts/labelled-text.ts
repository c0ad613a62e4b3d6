import type { FactKind } from '../../shared/fact-kind.ts';
import { labelKinds, mayLabel, pairsIn } from './labels.ts';
import { addFact, addressKinds, identifiersOf, isAddress, nameOf, type Party } from './party.ts';
import { addressParts, comparable, factValue, lineOf } from './values.ts';
import { closest, isVisible, outside, walk } from './walk.ts';

const inline = new Set(
  'A,ABBR,B,BDI,BDO,CITE,CODE,DATA,EM,FONT,I,KBD,LABEL,MARK,SMALL,SPAN,STRONG,SUB,SUP,TIME,U'.split(','),
);
const group = 'dl,table,section,article,fieldset,address,div,li,form,main,body';

/** A line of text on a page. */
export interface Line {
  text: string;
  block: Element;
  /** The innermost element of the text that was read last. */
  inmost: Element;
}

/** The outermost element in `block` that ends with `inmost`, or `block` itself: what a value can stand beside. */
function labelElement(inmost: Element, block: Element): Element {
  let label = inmost;
  while (label !== block && label.nextElementSibling === null) label = label.parentElement ?? block;
  return label;
}

/** What stands between a text and the next in the same line: a colon after a label that is an element of its own. */
function gapAfter(part: string, { inmost, block }: Line, next: Node): string {
  if (inmost === block || labelKinds(part.trim()).length === 0) return '';
  const label = labelElement(inmost, block);
  if (label === block || !label.nextElementSibling?.contains(next)) return '';
  return part.trim().endsWith(':') ? ' ' : ': ';
}

/** The lines of text under `root`, each with the block it stands in. */
export function linesOf(root: Element | ShadowRoot): Line[] {
  const lines: Line[] = [];
  let isBroken = true;
  let part = ''; // the text before, other than blanks
  for (const node of walk(root, mayLabel)) {
    if (node.nodeType === 1) {
      if (!inline.has(node.nodeName.toUpperCase())) isBroken = true;
      continue;
    }
    const text = (node.nodeValue ?? '').slice(0, 4_000);
    const isBlank = text.trim() === '';
    const inmost = node.parentElement;
    let block = inmost;
    while (block !== null && block !== root && inline.has(block.nodeName.toUpperCase()))
      block = block.parentElement;
    if (block === null || inmost === null) continue;
    const last = lines.at(-1);
    if (last !== undefined && !isBroken && last.block === block) {
      if (last.text.length < 4_000) last.text += isBlank ? text : gapAfter(part, last, node) + text;
      if (!isBlank) last.inmost = inmost;
    } else if (!isBlank) {
      lines.push({ text, block, inmost });
      isBroken = false;
    }
    if (!isBlank) part = text;
  }
  return lines;
}

/** Whether `value` stands where a page puts what `label` labels. */
function isValueOf(value: Element, label: Element): boolean {
  if (label.nodeName === 'DT') return value.nodeName === 'DD';
  if (label.nodeName === 'TH' || label.nodeName === 'TD') return value.nodeName === 'TD';
  return value.nodeName === label.nodeName || label.nodeName === 'DIV' || inline.has(label.nodeName);
}

const uniqueKinds = ['person-name', 'company-name', 'partita-iva', 'eu-vat', 'codice-fiscale'] as const;

/**
 * Reads what labels in the visible text say of a customer; a number without a label is never an identifier.
 *
 * @param sellers identifiers that are known to be the site's own; those in its footer are added to them
 */
export function readLabelledText(root: Element, lines: readonly Line[], sellers: readonly string[]): Party[] {
  const groups = new Map<Element, Party[]>();
  const own = [...sellers];

  const put = (named: FactKind, value: string, element: Element): void => {
    // A VAT number is called so in every country.
    const isForeign = named === 'partita-iva' && factValue('partita-iva', value) === null;
    const kind = isForeign ? 'eu-vat' : named;
    const parsed = factValue(kind, value);
    if (parsed === null) return;
    if (closest(element, outside) !== null) {
      if (closest(element, 'footer,[role=contentinfo]') !== null) own.push(comparable(parsed));
      return;
    }
    if (!isVisible(element)) return;
    const place = closest(element, group) ?? root;
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

  for (const [index, { text, block, inmost }] of lines.entries()) {
    if (!mayLabel(text)) continue;
    const folded = lineOf(text);
    if (folded === null) continue;
    const kinds = labelKinds(folded);
    if (kinds.length === 0) {
      for (const [kind, value] of pairsIn(folded)) put(kind, value, block);
      continue;
    }
    const next = lines[index + 1]?.block ?? null;
    const label = [labelElement(inmost, block), block].find((one) => one.nextElementSibling?.contains(next));
    const sibling = label?.nextElementSibling;
    if (!label || !sibling || next === null || !isValueOf(sibling, label)) continue;
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
  return joined(parties).map(withCompanyName);
}

/** The parties as one where the page gives each name and number once, and as they are where it gives several. */
function joined(parties: Party[]): Party[] {
  const whole: Party = new Map();
  for (const party of parties) {
    const isOtherAddress = addressKinds.some(
      (kind) => whole.has(kind) && party.has(kind) && whole.get(kind)?.value !== party.get(kind)?.value,
    );
    for (const [kind, fact] of party) {
      if (isOtherAddress && isAddress(kind)) continue;
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
