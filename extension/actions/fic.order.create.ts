import type { Draft } from '../bridge/document.ts';
import type { Call } from './action.ts';
import { createDocument, type CreatedDocument } from './document.ts';

/** Makes a customer’s order, exactly once. */
export const createOrder = (
  call: Call,
  companyId: number,
  draft: Omit<Draft, 'type'>,
): Promise<CreatedDocument> => createDocument(call, companyId, { ...draft, type: 'order' });
