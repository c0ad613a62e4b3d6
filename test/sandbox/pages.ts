const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const page = (title: string, body: string): string => `<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>
:root { color-scheme: light dark; --ink: #1d2430; --soft: #566072; --paper: #fff; --back: #eef1f6; --line: #ccd3df; --accent: #2f5fd0; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f6; --soft: #aab4c5; --paper: #1e2430; --back: #141922; --line: #3b4557; --accent: #7ba0ff; --on: #0d1630; } }
* { box-sizing: border-box; font: inherit; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 24px; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { width: min(420px, calc(100vw - 48px)); display: grid; gap: 14px; padding: 28px; border: 1px solid var(--line); border-radius: 14px; background: var(--paper); }
h1 { margin: 0; font-size: 20px; font-weight: 650; } p, ul, fieldset { margin: 0; } form { display: grid; gap: 12px; }
label { display: grid; gap: 4px; font-weight: 600; } label.choice { display: flex; gap: 8px; font-weight: 400; align-items: center; }
input[type=email], input[type=password], input[type=text] { padding: 9px 11px; border: 1px solid var(--line); border-radius: 8px; background: var(--back); color: inherit; }
fieldset { display: grid; gap: 8px; padding: 12px 14px; border: 1px solid var(--line); border-radius: 8px; } legend { padding: 0 6px; font-weight: 600; }
.row { display: flex; gap: 10px; } button { flex: 1; padding: 10px; border: 1px solid var(--accent); border-radius: 8px; background: var(--accent); color: var(--on); font-weight: 600; cursor: pointer; }
button.second { background: transparent; color: var(--ink); } .error { color: #b3261e; } @media (prefers-color-scheme: dark) { .error { color: #ffb4ab; } }
footer { color: var(--soft); font-size: 12.5px; }
</style>
</head>
<body><main>${body}<footer>Sandbox di Staffetta – imitazione per prove, non è Fatture in Cloud.</footer></main></body>
</html>`;

/** The login form; `prefill` fills it in for a demo. */
export function loginPage(options: { prefill: boolean; failed: boolean; action: string }): string {
  const [email, password] = options.prefill ? ['demo@example.it', 'prova'] : ['', ''];
  return page(
    'Accedi',
    `<h1>Accedi a Fatture in Cloud</h1>${options.failed ? '<p class="error" role="alert">E-mail o password non corrette.</p>' : ''}
<form method="post" action="${escape(options.action)}">
<label>E-mail <input type="email" name="email" required autocomplete="username" value="${email}"></label>
<label>Password <input type="password" name="password" required autocomplete="current-password" value="${password}"></label>
<button type="submit">Accedi</button></form>`,
  );
}

interface Consent {
  appName: string;
  userName: string;
  scopes: readonly string[];
  companies: ReadonlyArray<{ id: number; name: string }>;
  action: string;
}

/** The consent form: what is asked, for which companies. */
export function consentPage({ appName, userName, scopes, companies, action }: Consent): string {
  return page(
    'Autorizza',
    `<h1>${escape(appName)} chiede di collegarsi</h1><p>Hai fatto l’accesso come ${escape(userName)}.</p>
<p>Permessi richiesti:</p><ul>${scopes.map((scope) => `<li>${escape(scope)}</li>`).join('')}</ul>
<form method="post" action="${escape(action)}"><fieldset><legend>Aziende</legend>${companyChoices(companies)}</fieldset>
<div class="row"><button type="submit" name="decision" value="approve">Autorizza</button>
<button type="submit" class="second" name="decision" value="decline">Rifiuta</button></div></form>`,
  );
}

type Named = ReadonlyArray<{ id: number; name: string }>;

const companyChoices = (companies: Named): string =>
  companies
    .map(
      ({ id, name }) =>
        `<label class="choice"><input type="checkbox" name="company" value="${id}" checked> ${escape(name)}</label>`,
    )
    .join('');

/** Where a person types the code that a device shows. */
export function codePage(companies: Named, userName: string, isWrong = false): string {
  return page(
    'Connetti',
    `<h1>Collega un’applicazione</h1><p>Hai fatto l’accesso come ${escape(userName)}.</p>${isWrong ? '<p class="error" role="alert">Il codice non è valido.</p>' : ''}
<form method="post" action="/connetti"><label>Codice <input type="text" name="code" required autocomplete="off"></label>
<fieldset><legend>Aziende</legend>${companyChoices(companies)}</fieldset>
<div class="row"><button type="submit" name="decision" value="approve">Autorizza</button>
<button type="submit" class="second" name="decision" value="decline">Rifiuta</button></div></form>`,
  );
}

interface ManualTokens {
  companies: Named;
  scopes: ReadonlyArray<{ name: string; meaning: string }>;
  /** The token that was just made; shown once. */
  made: string | null;
  tokens: ReadonlyArray<{ index: number; clientId: string; scopes: readonly string[] }>;
}

/** Where a person makes tokens by hand and changes what they may do. */
export function manualTokensPage({ companies, scopes, made, tokens }: ManualTokens): string {
  const choices = (ticked: readonly string[]): string =>
    scopes
      .map(
        ({ name, meaning }) =>
          `<label class="choice"><input type="checkbox" name="scope" value="${name}"${ticked.includes(name) ? ' checked' : ''}> ${escape(meaning)}</label>`,
      )
      .join('');
  const existing = tokens.map(
    ({ index, clientId, scopes: ticked }) =>
      `<details><summary>${escape(clientId)}</summary><form method="post" action="${manualTokensPath}"><input type="hidden" name="index" value="${index}"><fieldset><legend>Permessi</legend>${choices(ticked)}</fieldset><button type="submit">Modifica</button></form></details>`,
  );
  return page(
    'Applicazioni collegate',
    `<h1>Applicazioni collegate</h1>${made === null ? '' : `<p>Il tuo token, mostrato una volta sola:</p><output>${escape(made)}</output>`}
${existing.join('')}<h1>Collega una nuova applicazione</h1>
<form method="post" action="${manualTokensPath}"><label>Client ID <input type="text" name="client_id" required></label>
<fieldset><legend>Aziende</legend>${companyChoices(companies)}</fieldset>
<fieldset><legend>Permessi</legend>${choices([])}</fieldset><button type="submit">Crea il token</button></form>`,
  );
}

/** Path of that page. */
export const manualTokensPath = '/impostazioni/applicazioni-collegate';

/** Shown when there is nothing left to do. */
export function donePage(text: string): string {
  return page('Fatto', `<h1>${escape(text)}</h1>`);
}

/** Shown where the request names no registered app or redirect URL: the browser is not sent anywhere. */
export function errorPage(text: string): string {
  return page('Errore', `<h1>Richiesta non valida</h1><p>${escape(text)}</p>`);
}
