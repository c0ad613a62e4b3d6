import type { MemberRole } from '../../../shared/member.ts';
import { drawLink } from '../../../relay/console/pages/link.ts';
import { operator } from '../../../relay/audit.ts';
import { addMember } from '../../../relay/people/members.ts';
import type { TestRelay } from '../harness.ts';

/** What a browser without JavaScript does: keeps cookies, follows nothing by itself, and sends the forms it was shown. */
export class Browser {
  readonly relay: TestRelay;
  readonly cookies = new Map<string, string>();
  /** Every `Set-Cookie` so far. */
  readonly setCookies: string[] = [];

  constructor(relay: TestRelay) {
    this.relay = relay;
  }

  /** Opens an address below the relay's. */
  open(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#send(path, { headers });
  }

  /** Sends a form as a page of the console would, unless `headers` say otherwise. */
  post(path: string, fields: Record<string, string> | URLSearchParams, headers: Record<string, string> = {}) {
    const body = new URLSearchParams(fields).toString();
    return this.#send(path, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Origin: this.relay.publicUrl,
        'Sec-Fetch-Site': 'same-origin',
        ...headers,
      },
    });
  }

  /** Opens a page, and sends the form on it whose action is `action` with these fields beside its own. */
  async submit(page: string, action: string, fields: Record<string, string> = {}): Promise<Response> {
    const html = await (await this.open(page)).text();
    return this.post(action, { ...hiddenIn(html), ...fields });
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      'Accept-Language': 'en',
      ...init.headers,
      ...(cookie === '' ? {} : { Cookie: cookie }),
    };
    const response = await this.relay.fetch(this.relay.publicUrl + path, { ...init, headers });
    for (const set of response.headers.getSetCookie()) {
      this.setCookies.push(set);
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (/max-age=0/i.test(set)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }
}

/** The hidden fields of all forms of a page; those that differ between forms are of the last. */
export const hiddenIn = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );

/** A browser in which somebody with this role has come in by a link. */
export async function signIn(
  relay: TestRelay,
  { name = 'Ada Neri', role = 'admin' }: { name?: string; role?: MemberRole } = {},
) {
  const browser = new Browser(relay);
  const { memberId } = await addMember(relay.deps, operator, { name, role });
  const { link } = await drawLink(relay.deps, memberId);
  const entered = await browser.post(new URL(link).pathname, {});
  if (entered.status !== 303) throw new Error(`not let in: ${entered.status}`);
  return { browser, memberId };
}
