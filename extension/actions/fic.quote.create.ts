import type { Draft } from '../bridge/document.ts';
import type { Call } from './action.ts';
import { createDocument, type CreatedDocument } from './document.ts';

/** Makes a quote, exactly once. */
export const createQuote = (
  call: Call,
  companyId: number,
  draft: Omit<Draft, 'type'>,
): Promise<CreatedDocument> => createDocument(call, companyId, { ...draft, type: 'quote' });
