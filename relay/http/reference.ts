import { diagnosisOf, failureCodes } from '../../shared/diagnosis.ts';
import { policyOf } from './page.ts';
import { statusOfCode } from './problem.ts';
import { shapeOf, type Schema } from './shape.ts';

/** One operation of the relay's OpenAPI document, as far as its page shows it. */
export interface ApiOperation {
  operationId: string;
  summary: string;
  /** Who may call it, in words. */
  description: string;
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  responses: { 200: { content: { 'application/json': { schema: Schema } } } };
  /** Its own reasons for refusal. */
  'x-failure-codes': readonly string[];
}

/** The relay's OpenAPI document, as far as its page shows it. */
export interface ApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, ApiOperation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, Record<string, string>> };
}

const style = `
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1.5rem; }
  h2 { margin-top: 3rem; }
  h3 { margin: 2rem 0 0; font: 600 1rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
  pre { font: 0.875rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; border-inline-start: 3px solid; padding-inline-start: 0.75rem; }
  a { color: inherit; }
  ul { padding-inline-start: 1.25rem; }
  th, td { text-align: start; padding: 0.15rem 1rem 0.15rem 0; }
`;

/** Policy of the page of the API: no script, nothing from anywhere, its own style alone. */
export const referencePolicy = policyOf(style);

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The page a developer reads: every endpoint by its noun, and every reason for refusal. Made of the document alone. */
export function referencePage({ info, paths, components }: ApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      noun: path.split('/')[2] ?? '',
      call: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
  const nouns = [...Map.groupBy(operations, ({ noun }) => noun)];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(info.title)}: API</title>
<style>${style}</style>
<main>
<h1>${escape(info.title)}: API</h1>
<p>${escape(info.description)}</p>
<p>Made of <a href="/openapi.json">openapi.json</a>, which also has the limits of every value. Bodies and answers are JSON.</p>
<nav aria-label="Nouns"><ul>
${nouns.map(([noun]) => `<li><a href="#${noun}">${noun}</a></li>`).join('\n')}
<li><a href="#refusals">refusals</a></li>
</ul></nav>
${nouns
  .map(
    ([noun, ones]) =>
      `<h2 id="${noun}">${noun}</h2>\n${ones.map(({ call, operation }) => operationOf(call, operation)).join('\n')}`,
  )
  .join('\n')}
<h2 id="refusals">refusals</h2>
<pre>${escape(`Problem ${shapeOf(withoutCodes(components.schemas['Problem'] ?? {}))}`)}</pre>
<table>
<tr><th scope="col">code</th><th scope="col">status</th><th scope="col">who mends it</th><th scope="col">again</th></tr>
${failureCodes
  .filter((code) => statusOfCode(code) !== undefined)
  .map((code) => {
    const { owner, retry } = diagnosisOf(code);
    return `<tr><th scope="row">${code}</th><td>${statusOfCode(code)}</td><td>${owner}</td><td>${retry}</td></tr>`;
  })
  .join('\n')}
</table>
</main>
</html>
`;
}

function operationOf(call: string, operation: ApiOperation): string {
  const input = operation.requestBody?.content['application/json'].schema;
  const output = operation.responses[200].content['application/json'].schema;
  const codes = operation['x-failure-codes'];
  return `<h3 id="${operation.operationId}">${escape(call)}</h3>
<p>${escape(operation.summary)}. ${escape(operation.description)}</p>
${input === undefined ? '' : `<p>Input</p>\n<pre>${escape(shapeOf(input))}</pre>\n`}<p>Output</p>
<pre>${escape(shapeOf(output))}</pre>
${codes.length === 0 ? '' : `<p>Its own refusals: ${codes.map((code) => `<code>${code}</code>`).join(', ')}.</p>\n`}`;
}

/** The table below it has the codes. */
const withoutCodes = (problem: Schema): Schema => ({
  ...problem,
  properties: { ...problem.properties, code: { type: 'string' } },
});
