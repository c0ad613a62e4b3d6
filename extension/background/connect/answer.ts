import { FlowAnswer } from '../../../shared/api/flows.ts';
import { Failure } from '../../../shared/failure.ts';

/**
 * Reads the redirect that ended the login: our own URL, our own state, and a handle.
 *
 * @throws Failure `declined` · `provider-refused` · `response-mismatch` (dropped, nothing is exchanged)
 */
export function readAnswer(answerUrl: string, redirectUrl: string, expectedState: string): string {
  const url = new URL(answerUrl);
  if (url.origin + url.pathname !== redirectUrl) throw new Failure('response-mismatch');
  const answer = FlowAnswer.safeParse(Object.fromEntries(url.searchParams));
  if (!answer.success || answer.data.state !== expectedState) throw new Failure('response-mismatch');
  if ('handle' in answer.data) return answer.data.handle;
  throw new Failure(answer.data.error === 'access_denied' ? 'declined' : 'provider-refused');
}
