import type { Draft } from '../bridge/document.ts';
import type { Call } from './action.ts';
import { createDocument, type CreatedDocument } from './document.ts';

/** Makes a pro forma invoice: a document without fiscal effect, exactly once. */
export const createProforma = (
  call: Call,
  companyId: number,
  draft: Omit<Draft, 'type'>,
): Promise<CreatedDocument> => createDocument(call, companyId, { ...draft, type: 'proforma' });
