import type { Customer, PageOrder } from '../../shared/fact.ts';
import type { FailureReport } from '../../shared/failure.ts';
import type { ClientSummary, DocumentType, Role } from '../../shared/view/fatture-in-cloud.ts';
import type { PageAnswer } from '../../shared/messages.ts';
import { askFromPage, isAlive } from '../ask.ts';
import { failureText, remedyOf, text, type TextKey } from '../text.ts';
import { differenceParts, orderParts, rows } from './card-parts.ts';
import { element } from './element.ts';
import { isDeliberate, watchSight } from './guard.ts';

/** What a card is about. */
export interface About {
  customer: Customer;
  order: PageOrder | null;
  /** The recipe for this page has not found what it should. */
  needsRepair: boolean;
}

/** How the page looks where the card opens. */
interface Look {
  isDark: boolean;
}

/** The card that a chip opens. */
export interface Card {
  open(): void;
  close(): void;
  isOpen(): boolean;
}

const vatTexts = {
  valid: 'vat_valid',
  'not-valid': 'vat_not_valid',
  unknown: 'vat_unknown',
} as const satisfies Record<string, TextKey>;

const typeName = (value: string): string => text(value === 'company' ? 'value_company' : 'value_person');

const clientRows = (client: ClientSummary): HTMLElement => {
  const values = [
    ['field_name', client.name],
    ['field_vat_number', client.vatNumber],
    ['field_email', client.email],
    ['field_city', client.city],
  ] as const;
  return rows(values.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])));
};

/**
 * Makes the card for `customer` inside the closed `root` of `host`, next to `chip`.
 *
 * It stands in the browser's top layer, above anything of the page. It says whether the customer is a client, and if
 * not, shows exactly what would be sent before it offers to send it.
 */
export function createCard(
  root: ShadowRoot,
  host: Element,
  chip: HTMLElement,
  { customer, order, needsRepair, isDark }: About & Look,
): Card {
  const body = element('div', { 'aria-live': 'polite' });
  const covered = element('p', { class: 'note', role: 'status' });
  const close = element('button', { class: 'close', type: 'button', 'aria-label': text('card_close') }, '×');
  const card = element(
    'section',
    { class: isDark ? 'card dark' : 'card', popover: 'manual', role: 'dialog', 'aria-labelledby': 'title' },
    element('header', {}, element('h2', { id: 'title' }, text('card_title')), close),
    body,
  );
  root.append(card);
  const isSeen = watchSight(card);

  // Once the extension is updated or removed nothing of its own answers any more, not even its sentences.
  const gone = failureText({ code: 'extension-updated' });
  const reload = text('remedy_reload_page');
  const covers = text('card_covered');
  const leave = (): void => {
    const again = element('button', { class: 'action', type: 'button' }, reload);
    again.addEventListener('click', (event) => isDeliberate(event, host, again) && location.reload());
    body.replaceChildren(element('p', { class: 'status' }, gone), again);
    place();
  };

  const show = (status: string, ...content: Node[]): void => {
    const repair = needsRepair ? [element('p', { class: 'note' }, text('recipe_broken'))] : [];
    body.replaceChildren(element('p', { class: 'status' }, status), ...content, ...repair);
    place();
  };

  const place = (): void => {
    const at = chip.getBoundingClientRect();
    // Never over the chip: on the side where it fits, or else on the larger one, where it scrolls.
    const [above, below] = [at.top - 18, innerHeight - at.bottom - 18];
    card.style.maxHeight = '';
    const { height } = card.getBoundingClientRect();
    const isBelow = height <= below || below >= above;
    const room = Math.max(isBelow ? below : above, 120);
    card.style.maxHeight = `${room}px`;
    const box = card.getBoundingClientRect();
    const top = isBelow ? at.bottom + 6 : at.top - 6 - box.height;
    card.style.top = `${Math.max(12, Math.min(top, innerHeight - box.height - 12))}px`;
    card.style.left = `${Math.max(12, Math.min(at.left, innerWidth - box.width - 12))}px`;
  };

  const button = (label: string, press: () => void): HTMLButtonElement => {
    const made = element('button', { class: 'action', type: 'button' }, label);
    made.addEventListener('click', (event) => {
      if (!isDeliberate(event, host, made) || made.disabled) return;
      made.disabled = true;
      void isSeen().then((seen) => {
        made.disabled = seen;
        covered.textContent = seen ? '' : covers;
        if (!seen) made.after(covered);
        else if (isAlive()) press();
        else leave();
      });
    });
    return made;
  };

  const quiet = (label: string, press: () => void): HTMLButtonElement => {
    const made = button(label, press);
    made.className = 'quiet';
    return made;
  };

  const fail = (failure: FailureReport, retry: () => void): void => {
    const repair = remedyOf(failure);
    show(failureText(failure), ...(repair === null ? [] : [repairButton(repair, retry)]));
  };

  const repairButton = ({ remedy, label }: { remedy: string; label: string }, retry: () => void): Node => {
    if (remedy === 'retry') return button(label, retry);
    if (remedy === 'reload-page') return button(label, () => location.reload());
    // Everything else is mended in the popup: a page may not start a login or hand out permissions.
    return button(text('remedy_open_popup'), () => void askFromPage('popup.open', {}));
  };

  const resolve = async (): Promise<void> => {
    show(text('card_loading', customer.name));
    const answer = await askFromPage('customer.resolve', { customer, order });
    if (answer.ok) showAnswer(answer.value);
    else fail(answer.failure, () => void resolve());
  };

  const showAnswer = (answer: PageAnswer): void => {
    if (answer.status === 'found') {
      const { role, client, companyName, proposalId } = answer;
      show(
        text(`card_found_${role}`, companyName),
        clientRows(client),
        ...vatCheck(proposalId),
        ...differenceParts(answer.differences, button, (fields) => void update(proposalId, fields)),
        ...(answer.order === null
          ? []
          : orderParts(
              answer.order,
              button,
              (id, type, numeration) => void makeDocument(id, type, numeration),
            )),
      );
      return;
    }
    const fields = answer.fields.map(
      ({ field, value }) =>
        [`field_${field}` as TextKey, field === 'type' ? typeName(value) : value] as const, // keys tested
    );
    show(
      text('card_absent', answer.companyName),
      element('p', { class: 'note' }, text('card_preview')),
      rows(fields),
      ...vatCheck(answer.proposalId),
      ...answer.roles.map((role) =>
        button(text(`card_create_${role}`), () => void create(answer.proposalId, role)),
      ),
      quiet(text('card_write'), () => void write(answer.proposalId)),
    );
  };

  /** Whether the VAT number is in use between countries is asked only if a person wants to know. */
  const vatCheck = (proposalId: string): Node[] => {
    if (customer.vatNumber === undefined && customer.euVatNumber === undefined) return [];
    const told = element('p', { class: 'note', role: 'status' });
    const ask = quiet(text('vat_check'), () => {
      void askFromPage('vat.check', { proposalId }).then((answer) => {
        told.textContent = answer.ok ? text(vatTexts[answer.value.standing]) : failureText(answer.failure);
        ask.replaceWith(told);
      });
    });
    return [ask];
  };

  const makeDocument = async (offerId: string, type: DocumentType, numeration: string): Promise<void> => {
    show(text('order_making'));
    const answer = await askFromPage('document.confirm', { offerId, type, numeration });
    if (!answer.ok) return fail(answer.failure, () => void makeDocument(offerId, type, numeration));
    const { created, number, companyName } = answer.value;
    show(text(created ? 'order_made' : 'order_there', text(`document_${type}_name`), number, companyName));
  };

  const write = async (proposalId: string): Promise<void> => {
    const answer = await askFromPage('proposal.write', { proposalId });
    if (!answer.ok) return fail(answer.failure, () => void resolve());
    show(text(answer.value.opened ? 'card_written' : 'card_written_waits'));
  };

  const update = async (proposalId: string, fields: string[]): Promise<void> => {
    show(text('record_updating'));
    const answer = await askFromPage('record.update', { proposalId, fields });
    // What the record says may have changed: it is compared anew.
    if (!answer.ok) return fail(answer.failure, () => void resolve());
    show(text('record_updated', answer.value.companyName), clientRows(answer.value.client), ...goOn());
  };

  const create = async (proposalId: string, role: Role): Promise<void> => {
    show(text('card_creating'));
    const answer = await askFromPage('proposal.confirm', { proposalId, role });
    if (!answer.ok) return fail(answer.failure, () => void resolve());
    const { created, companyName, client } = answer.value;
    const message = text(created ? `card_created_${role}` : `card_found_${role}`, companyName);
    show(message, clientRows(client), ...(role === 'client' ? goOn() : []));
  };

  /** With the client there, the order on the page can become a document. */
  const goOn = (): Node[] => (order === null ? [] : [button(text('order_offer'), () => void resolve())]);

  const api: Card = {
    open() {
      card.showPopover();
      place();
      close.focus();
      if (isAlive()) void resolve();
      else leave();
    },
    close() {
      card.hidePopover();
      chip.focus();
    },
    isOpen: () => card.matches(':popover-open'),
  };
  close.addEventListener('click', () => api.close());
  card.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') api.close();
    // The page's own shortcuts must not fire while a person types or presses in our card.
    event.stopPropagation();
  });
  return api;
}
