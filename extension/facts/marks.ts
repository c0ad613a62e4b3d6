import { FactKind } from '../../shared/fact-kind.ts';
import { readOrder, type WrittenLine } from './order.ts';
import { addFact, type Party } from './party.ts';
import type { Structured } from './schema-org.ts';

/** Marks of a thing and of its lines; what stands in them is marked `data-staffetta="KIND"`. */
const marks = {
  customer: '[data-staffetta-customer]',
  order: '[data-staffetta-order]',
  line: '[data-staffetta-line]',
} as const;

const thingsMax = 50;

const textOf = (element: Element): string | null => element.getAttribute('content') ?? element.textContent;

/** What is marked as `kind` in `scope`, and in no line or customer inside it. */
function markedIn(scope: Element, kind: string, inner: string): string | null | undefined {
  const found = Array.from(scope.querySelectorAll(`[data-staffetta~="${kind}"]`)).find((element) => {
    const owner = element.parentElement?.closest(inner) ?? null;
    return owner === null || owner === scope || owner.contains(scope);
  });
  return found === undefined ? undefined : textOf(found);
}

/** Reads what a site's owner has marked for us in a document and its open shadow roots: `docs/partners.md`. */
export function readMarks(roots: readonly ParentNode[]): Structured {
  const all = (selector: string): Element[] =>
    roots.flatMap((root) => Array.from(root.querySelectorAll(selector))).slice(0, thingsMax);
  const parties = all(marks.customer).map((scope) => {
    const party: Party = new Map();
    for (const kind of FactKind) {
      const element = scope.querySelector(`[data-staffetta~="${kind}"]`);
      if (element !== null) addFact(party, kind, textOf(element), 'mark', element);
    }
    return party;
  });
  const orders = all(marks.order).flatMap((scope) => {
    const own = (kind: string) => markedIn(scope, kind, `${marks.line},${marks.customer}`);
    const lines = Array.from(scope.querySelectorAll(marks.line)).map((line): WrittenLine => {
      const at = (kind: string) => markedIn(line, kind, marks.line);
      return {
        description: at('description'),
        quantity: at('quantity'),
        unitPrice: at('unit-price'),
        total: at('line-total'),
        vatRate: at('vat-rate'),
      };
    });
    const prices = scope.getAttribute('data-staffetta-order');
    const order = readOrder({
      number: own('number'),
      currency: own('currency'),
      includesVat: prices === 'gross' ? true : prices === 'net' ? false : null,
      lines,
      tax: own('tax'),
      total: own('total'),
    });
    return order ?? [];
  });
  return { parties: parties.filter((party) => party.size > 0), own: [], orders };
}
