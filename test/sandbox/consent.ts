interface Decision {
  email: string;
  password?: string;
  companyIds?: number[];
  decision?: 'approve' | 'decline';
}

/**
 * Does at the sandbox's pages what a person does: logs in, decides, and stops at the redirect back.
 *
 * @returns where the browser would be sent; at once where the request is sent back without asking
 * @throws where a page refuses: no such app, wrong password
 */
export async function approve(authorizeUrl: string, who: Decision): Promise<URL> {
  const { email, password = 'prova', decision = 'approve' } = who;
  const post = (fields: Array<[string, string]>, cookie: string): Promise<Response> =>
    fetch(authorizeUrl, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields),
    });
  const ended = (answer: Response): URL | null => {
    const location = answer.headers.get('location');
    return location === null ? null : new URL(location, authorizeUrl);
  };
  const expectPage = (answer: Response): void => {
    if (answer.status !== 200) throw new Error(`the authorization page answered ${answer.status}`);
  };

  const first = await fetch(authorizeUrl, { redirect: 'manual' });
  const refused = ended(first);
  if (refused !== null) return refused; // the request itself was not accepted
  expectPage(first);
  const login = await post(
    [
      ['email', email],
      ['password', password],
    ],
    '',
  );
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  if (cookie === '') throw new Error(`the login of ${email} was refused`);
  const consent = await fetch(authorizeUrl, { headers: { cookie }, redirect: 'manual' });
  expectPage(consent);
  const page = await consent.text();
  const offered = [...page.matchAll(/name="company" value="(\d+)"/g)].map(([, id]) => Number(id));
  const chosen = (who.companyIds ?? offered).map((id): [string, string] => ['company', String(id)]);
  const answer = await post([...chosen, ['decision', decision]], cookie);
  const end = ended(answer);
  if (end === null) throw new Error(`the consent page answered ${answer.status}`);
  return end;
}

/** Types a device's code at the sandbox's page, as a person does. */
export async function approveDevice(verificationUri: string, code: string, who: Decision): Promise<void> {
  const { email, password = 'prova', companyIds, decision = 'approve' } = who;
  const post = (fields: Array<[string, string]>, cookie: string): Promise<Response> =>
    fetch(verificationUri, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields),
    });
  const login = await post(
    [
      ['email', email],
      ['password', password],
    ],
    '',
  );
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  if (cookie === '') throw new Error(`the login of ${email} was refused`);
  const page = await (await fetch(verificationUri, { headers: { cookie } })).text();
  const offered = [...page.matchAll(/name="company" value="(\d+)"/g)].map(([, id]) => Number(id));
  const chosen = (companyIds ?? offered).map((id): [string, string] => ['company', String(id)]);
  const answer = await post([['code', code], ['decision', decision], ...chosen], cookie);
  if ((await answer.text()).includes('role="alert"')) throw new Error('the code was refused');
}
