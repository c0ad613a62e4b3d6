import type { Structured } from './schema-org.ts';
import { readTree } from './tree.ts';

const vocabulary = /^https?:\/\/schema\.org\/?$/i;

/** `schema:name`, `https://schema.org/name`, or `name` where schema.org is the vocabulary around it. */
function termOf(element: Element, attribute: string): string | null {
  const written = element.getAttribute(attribute)?.trim();
  if (written === undefined || written === '') return null;
  const isOurs = vocabulary.test(element.closest('[vocab]')?.getAttribute('vocab')?.trim() ?? '');
  const terms = written.split(/\s+/).flatMap((term) => {
    const prefixed = /^(?:schema:|https?:\/\/schema\.org\/)(\w+)$/i.exec(term)?.[1];
    return prefixed ?? (isOurs && /^\w+$/.test(term) ? term : []);
  });
  return terms.length === 0 ? null : terms.join(' ');
}

/** Reads whom the page's RDFa Lite is about, as far as it is in the words of schema.org. */
export const readRdfa = (document: Document): Structured =>
  readTree(document, {
    method: 'rdfa',
    sign: '[typeof]',
    typeOf: (element) =>
      element.hasAttribute('typeof') ? (termOf(element, 'typeof')?.split(' ')[0] ?? '') : null,
    propertyOf: (element) => termOf(element, 'property'),
  });
