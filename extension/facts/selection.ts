import { FactKind } from '../../shared/fact-kind.ts';
import { labelKinds, pairsIn } from './labels.ts';
import { addressParts, factValue, lineOf } from './values.ts';

/** Most lines of a selection that are read. */
const linesMax = 40;

/** What a member has selected, as facts; the words beside identifiers are no more than a proposal. */
export type SelectedFacts = Partial<Record<FactKind, string>>;

/**
 * What a selected text says of somebody: by its labels, as on a page; and, because a person has chosen these very words,
 * what is an e-mail address or an Italian VAT number by itself. The first line without a label is taken for the name.
 */
export function readSelection(text: string): SelectedFacts {
  const found: SelectedFacts = {};
  const put = (kind: FactKind, value: string): void => {
    const parsed = factValue(kind, value);
    if (parsed !== null && found[kind] === undefined) found[kind] = parsed;
  };
  const lines = text.split(/\r?\n/, linesMax).flatMap((line) => lineOf(line) ?? []);
  let name: string | null = null;
  for (const [index, line] of lines.entries()) {
    const pairs = pairsIn(line);
    for (const [kind, value] of pairs) {
      if (kind !== 'street') put(kind, value);
      else for (const [part, words] of addressParts(value)) put(part, words);
    }
    // A label on a line of its own speaks of the next.
    for (const kind of labelKinds(line)) put(kind, lines[index + 1] ?? '');
    const isLabelled = pairs.length > 0 || labelKinds(line).length > 0;
    const isAnswered = index > 0 && labelKinds(lines[index - 1] ?? '').length > 0;
    if (isLabelled || isAnswered) continue;
    const email = /[^\s<>,;]+@[^\s<>,;]+/.exec(line)?.[0];
    const number = /(?:^|\D)(\d{11})(?:\D|$)/.exec(line)?.[1];
    if (email !== undefined) put('e-mail', email);
    if (number !== undefined) put('partita-iva', number);
    const address = addressParts(line);
    // Without a label only what has a postal code in it is an address.
    if (address.length > 1) for (const [part, words] of address) put(part, words);
    else if (email === undefined && number === undefined) name ??= line;
  }
  if (name !== null && found['company-name'] === undefined && found['person-name'] === undefined) {
    put(found['partita-iva'] === undefined ? 'person-name' : 'company-name', name);
  }
  return found;
}
