import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { endpoints } from '../../../shared/api/registry.ts';
import { openRelay } from '../harness.ts';

type Members = Record<string, unknown>;

async function readDocument(): Promise<Members> {
  const relay = await openRelay();
  const response = await relay.fetch(`${relay.publicUrl}/openapi.json`);
  expect(response.headers.get('content-type')).toBe('application/json');
  return (await response.json()) as Members;
}

const at = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((part, name) => (part as Members | undefined)?.[name], value);

/** Every `$ref` anywhere in `value`. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === '$ref' && typeof member === 'string' ? [member] : refsIn(member),
  );
}

/** Every schema of the document, with where it stands. */
function schemasIn(value: unknown, path: string[] = []): Array<{ path: string; schema: object }> {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'schema'
      ? [{ path: path.join('/'), schema: member as object }]
      : schemasIn(member, [...path, name]),
  );
}

test('the document has the members that OpenAPI 3.1 requires', async () => {
  const document = await readDocument();
  expect(document['openapi']).toMatch(/^3\.1\.\d+$/);
  expect(document['info']).toMatchObject({
    title: expect.any(String) as string,
    version: expect.any(String) as string,
  });
  expect(Object.keys(document['paths'] as Members).every((path) => path.startsWith('/'))).toBe(true);
  for (const scheme of Object.values(at(document, ['components', 'securitySchemes']) as Members)) {
    expect(['apiKey', 'http']).toContain((scheme as Members)['type']);
  }
});

test('every endpoint of the contract is described, and nothing else', async () => {
  const document = await readDocument();
  const operations = Object.entries(document['paths'] as Record<string, Record<string, Members>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
  );
  const expected = endpoints.map(
    ({ id, method, path }) => `${id} ${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
  );
  expect(operations.sort()).toEqual(expected.sort());
});

test.for(endpoints.map((endpoint) => ({ id: endpoint.id, endpoint })))(
  '$id: parameters, body, answers and security fit the contract',
  async ({ endpoint }) => {
    const document = await readDocument();
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    const operation = at(document, ['paths', path, endpoint.method.toLowerCase()]) as Members;
    const parameters = operation['parameters'] as Members[];
    expect(parameters.map(({ name }) => name)).toEqual(
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    );
    for (const parameter of parameters) expect(parameter).toMatchObject({ in: 'path', required: true });
    expect('requestBody' in operation).toBe(endpoint.method === 'POST');
    expect(Object.keys(operation['responses'] as Members)).toEqual(['200', 'default']);
    const names = Object.keys(at(document, ['components', 'securitySchemes']) as Members);
    const used = (operation['security'] as Members[]).flatMap((requirement) => Object.keys(requirement));
    expect(used.every((name) => names.includes(name))).toBe(true);
    expect(used).toEqual(endpoint.access === 'session' ? ['proof', 'session'] : ['proof']);
  },
);

test('every reference leads somewhere within the document', async () => {
  const document = await readDocument();
  const refs = refsIn(document);
  expect(refs.length).toBeGreaterThan(endpoints.length - 1);
  const dangling = refs.filter(
    (ref) => !ref.startsWith('#/') || at(document, ref.slice(2).split('/')) === undefined,
  );
  expect(dangling).toEqual([]);
});

test('every schema is valid JSON Schema 2020-12', async () => {
  const document = await readDocument();
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  const schemas = schemasIn(document);
  expect(schemas.length).toBeGreaterThan(endpoints.length * 2);
  for (const { path, schema } of schemas) expect(ajv.validateSchema(schema), path).toBe(true);
});

test('a real answer and a real refusal fit the schemas that describe them', async () => {
  const document = await readDocument();
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  ajv.addSchema(document, 'api');
  const relay = await openRelay();
  const installation = await relay.join();
  const pointer = (parts: string[]): string =>
    `api#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  for (const id of ['listProviders', 'listConnections']) {
    const endpoint = endpoints.find((one) => one.id === id);
    if (endpoint === undefined) throw new Error(`no ${id}`);
    const answer = (await (await installation.request(endpoint)).json()) as unknown;
    const schema = pointer([
      'paths',
      endpoint.path,
      'get',
      'responses',
      '200',
      'content',
      'application/json',
      'schema',
    ]);
    expect(ajv.validate(schema, answer), `${id} ${ajv.errorsText()}`).toBe(true);
  }
  const refusal = (await (await relay.fetch(`${relay.publicUrl}/nowhere`)).json()) as unknown;
  expect(ajv.validate(pointer(['components', 'schemas', 'Problem']), refusal), ajv.errorsText()).toBe(true);
});

test('every schema compiles in its place, its references followed from the root', async () => {
  const document = await readDocument();
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  for (const { path, schema } of schemasIn(document)) {
    const inPlace = { ...schema, components: document['components'] };
    expect(() => ajv.compile(inPlace), path).not.toThrow();
  }
});

test('the published input accepts what the relay accepts, and nothing more', async () => {
  const document = await readDocument();
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  const body = ['paths', '/v1/enrolments', 'post', 'requestBody', 'content', 'application/json', 'schema'];
  const validate = ajv.compile(at(document, body) as object);
  const good = { invite: `inv_${'A'.repeat(22)}`, installationName: 'Firefox' };
  expect(validate(good)).toBe(true);
  for (const bad of [
    {},
    { ...good, invite: 'x' },
    { ...good, extra: 1 },
    { ...good, installationName: '' },
  ]) {
    expect(validate(bad), JSON.stringify(bad)).toBe(false);
  }
});

test('a developer finds every endpoint on the page /api, with what goes in, what comes out and why it is refused', async () => {
  const relay = await openRelay();
  const page = await (await relay.fetch(`${relay.publicUrl}/api`)).text();
  const sections = page.split('<h3 ').slice(1);
  expect(sections.length).toBe(endpoints.length);
  for (const { id, method, path, failures } of endpoints) {
    const section = sections.find((one) => one.startsWith(`id="${id}"`)) ?? '';
    expect(section, id).toContain(`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}</h3>`);
    expect(section, id).toContain('<p>Output</p>');
    for (const code of failures) expect(section, id).toContain(`<code>${code}</code>`);
  }
  // Nothing that a schema could not be told in.
  expect(page).not.toMatch(/undefined|\[object|: unknown;/);
});
