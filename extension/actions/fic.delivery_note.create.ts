import type { Draft } from '../bridge/document.ts';
import type { Call } from './action.ts';
import { createDocument, type CreatedDocument } from './document.ts';

/** Makes a delivery note, exactly once. */
export const createDeliveryNote = (
  call: Call,
  companyId: number,
  draft: Omit<Draft, 'type'>,
): Promise<CreatedDocument> => createDocument(call, companyId, { ...draft, type: 'delivery_note' });
