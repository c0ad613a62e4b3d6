import { hash } from 'node:crypto';

const style = `
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; }
  h1 { font-size: 1.25rem; }
  p[lang="en"] { opacity: 0.75; }
`;

/** Policy of a page of the relay that has this style: no script, no other origin, no frame around it. */
export const policyOf = (ownStyle: string): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${hash('sha256', ownStyle, 'base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Policy of the pages below, and of every redirect. */
export const pagePolicy = policyOf(style);

const page = (title: string, it: string, en: string): string => `<!doctype html>
<html lang="it">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
<h1>${title}</h1>
<p>${it}</p>
<p lang="en">${en}</p>
</html>
`;

/** Shown where a login window cannot be sent on. It says the same whatever the reason and repeats nothing it was given. */
export const deadEndPage = page(
  'Staffetta',
  'Questo collegamento non è più valido. Chiudi questa finestra e ricomincia dal pulsante Staffetta nella barra del browser.',
  'This link is no longer valid. Close this window and start again from the Staffetta button in the browser’s toolbar.',
);

/** Shown for a moment where the extension closes the tab of a login by itself. It repeats nothing it was given. */
export const connectedPage = page(
  'Staffetta',
  'Fatto. Se questa scheda non si chiude da sola, chiudila.',
  'Done. If this tab does not close by itself, close it.',
);
