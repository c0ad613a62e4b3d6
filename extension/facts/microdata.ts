import type { Structured } from './schema-org.ts';
import { readTree } from './tree.ts';

const schemaOrg = /^https?:\/\/schema\.org\/(\w+)\/?$/i;

/** Reads whom the page's microdata is about. */
export const readMicrodata = (document: Document): Structured =>
  readTree(document, {
    method: 'microdata',
    sign: '[itemscope]',
    typeOf: (element) =>
      element.hasAttribute('itemscope')
        ? (schemaOrg.exec(element.getAttribute('itemtype')?.trim() ?? '')?.[1] ?? '')
        : null,
    propertyOf: (element) => element.getAttribute('itemprop'),
  });
