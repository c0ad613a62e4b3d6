interface Decision {
  email: string;
  password?: string;
  companyIds?: number[];
  decision?: 'approve' | 'decline';
}

/**
 * Does at the sandbox's pages what a person does: logs in, decides, and stops at the redirect back.
 *
 * @returns where the browser would be sent
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
  const login = await post(
    [
      ['email', email],
      ['password', password],
    ],
    '',
  );
  const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const page = await (await fetch(authorizeUrl, { headers: { cookie } })).text();
  const offered = [...page.matchAll(/name="company" value="(\d+)"/g)].map(([, id]) => Number(id));
  const chosen = (who.companyIds ?? offered).map((id): [string, string] => ['company', String(id)]);
  const answer = await post([...chosen, ['decision', decision]], cookie);
  return new URL(answer.headers.get('location') ?? '');
}
