import { z } from 'zod';
import { Failure, reportOf } from '../../shared/failure.ts';
import { pageMessages, type MessageAnswer, type PageMessages } from '../../shared/messages.ts';
import { browser } from '../browser.ts';
import { slot } from '../storage.ts';
import { confirmDocument } from './work/documents.ts';
import {
  checkVat,
  confirmProposal,
  resolveCustomer,
  updateRecord,
  continueInPanel,
} from './work/proposals.ts';
import type { PageSender } from './site/page-sender.ts';
import { listRecipes, reportBroken } from './site/recipes.ts';
import { answerMessage, type Handlers } from './router.ts';
import { isSiteEnabled } from './site/sites.ts';
import { mayWorkOn } from './provider/team.ts';

const handlers: Handlers<PageMessages, PageSender> = {
  'customer.resolve': ({ customer, order }, sender) => resolveCustomer(customer, order, sender),
  'document.confirm': ({ offerId, type, numeration }, sender) =>
    confirmDocument(offerId, type, numeration, sender),
  'proposal.confirm': ({ proposalId, role }, sender) => confirmProposal(proposalId, role, sender),
  'record.update': ({ proposalId, fields }, sender) => updateRecord(proposalId, fields, sender),
  'proposal.write': ({ proposalId }, sender) => continueInPanel(proposalId, sender),
  'vat.check': ({ proposalId }, sender) => checkVat(proposalId, sender),
  'recipes.read': async () => ({ recipes: await listRecipes() }),
  'recipe.broken': async ({ recipeId, missing }, { origin }) => {
    await reportBroken(recipeId, new URL(origin).hostname, missing);
    return {};
  },
  'popup.open': async () => {
    await browser.action.openPopup();
    return {};
  },
};

/** How often a page asked for something it may not have. */
const refusals = slot('session', 'page-refusals', z.int());

/**
 * Answers a content script. Its messages count as the page's own: only the few names above, only from an enabled site, only
 * frames of the tab's own site; fields about the sender in the message itself mean nothing.
 */
export async function answerPage(
  message: unknown,
  sender: { tabId: number | undefined; tabUrl: string | undefined; isPrivate: boolean; url: string },
): Promise<MessageAnswer> {
  const { tabId, tabUrl, isPrivate } = sender;
  const isAllowed =
    tabId !== undefined &&
    // The top frame, or one of the same site in it.
    tabUrl !== undefined &&
    URL.canParse(tabUrl) &&
    new URL(tabUrl).origin === new URL(sender.url).origin &&
    (await isSiteEnabled(new URL(sender.url).origin).catch(() => false));
  const answer: MessageAnswer = isAllowed
    ? await answerAllowed(message, { tabId, isPrivate, origin: new URL(sender.url).origin })
    : { ok: false, failure: { code: 'not-allowed' } };
  if (!answer.ok && (answer.failure.code === 'not-allowed' || answer.failure.code === 'request-invalid')) {
    await refusals.change((before) => (before ?? 0) + 1);
  }
  return answer;
}

/** Nothing is answered to a page of a site that the team has switched off, nor before it is known whether it has. */
async function answerAllowed(message: unknown, sender: PageSender): Promise<MessageAnswer> {
  try {
    if (!(await mayWorkOn(sender.origin))) throw new Failure('blocked-by-admin');
  } catch (error) {
    return { ok: false, failure: reportOf(error) };
  }
  return answerMessage(pageMessages, handlers, message, sender);
}
