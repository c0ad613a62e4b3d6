import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { listConnections } from '../../shared/api/connections.ts';
import { createEnrolment } from '../../shared/api/enrolments.ts';
import { endpoints } from '../../shared/api/registry.ts';
import { createSession } from '../../shared/api/sessions.ts';
import { listProviders } from '../../shared/api/providers.ts';
import { openRelay } from './harness.ts';
import { Installation } from './installation.ts';

interface Operation {
  operationId: string;
  security: Array<Record<string, unknown>>;
  parameters: Array<{ name: string; in: string; required: boolean; schema: object }>;
  requestBody?: { content: { 'application/json': { schema: object } } };
  responses: Record<string, { content: Record<string, { schema: object }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

async function readDocument(relay = openRelay()): Promise<Document> {
  const response = await relay.fetch(`${relay.publicUrl}/openapi.json`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  return (await response.json()) as Document;
}

const pathIn = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

const operationOf = (document: Document, id: string): Operation => {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const operation = operations.find(({ operationId }) => operationId === id);
  if (operation === undefined) throw new Error(`no operation ${id}`);
  return operation;
};

/** A validator of a schema in its place in the document, so that its references resolve as a reader resolves them. */
function validatorOf(document: Document, schema: object) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile({ ...schema, components: document.components });
}

test('every endpoint of the contract is described, and nothing else', async () => {
  const document = await readDocument();
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`,
    ),
  );
  const contracted = endpoints.map(({ id, method, path }) => `${id}: ${method} ${pathIn(path)}`);
  expect(described.toSorted()).toEqual(contracted.toSorted());
});

test.for(endpoints.map(({ id, path, method, access }) => ({ id, path, method, access })))(
  '$id has its parameters, body and security, and every schema in it compiles',
  async ({ id, path, method, access }) => {
    const document = await readDocument();
    const operation = operationOf(document, id);
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    expect(operation.parameters.map(({ name }) => name)).toEqual(names);
    for (const parameter of operation.parameters)
      expect(parameter).toMatchObject({ in: 'path', required: true });
    expect(operation.requestBody !== undefined).toBe(method === 'POST');
    expect(operation.security.flatMap(Object.keys)).toEqual(
      access === 'proof' ? ['proof'] : ['proof', 'session'],
    );
    for (const scheme of operation.security.flatMap(Object.keys)) {
      expect(document.components.securitySchemes).toHaveProperty(scheme);
    }
    const schemas = [
      ...operation.parameters.map(({ schema }) => schema),
      ...(operation.requestBody === undefined
        ? []
        : [operation.requestBody.content['application/json'].schema]),
      ...Object.values(operation.responses).flatMap(({ content }) =>
        Object.values(content).map(({ schema }) => schema),
      ),
    ];
    expect(schemas.length).toBeGreaterThanOrEqual(2);
    for (const schema of schemas) expect(() => validatorOf(document, schema)).not.toThrow();
  },
);

test('every reference in the document leads somewhere from its root', async () => {
  const document = await readDocument();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, reference = '']) => reference,
  );
  expect(references).not.toEqual([]);
  for (const reference of new Set(references)) {
    const steps = reference.replace(/^#\//, '').split('/');
    const found = steps.reduce<unknown>(
      (value, step) =>
        (value as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    );
    expect(found, reference).toBeTypeOf('object');
  }
});

test('what the relay answers fits what it publishes', async () => {
  const relay = openRelay();
  const document = await readDocument(relay);
  const installation = await relay.join();
  for (const endpoint of [listConnections, listProviders, createSession]) {
    const { content } = operationOf(document, endpoint.id).responses['200'] ?? { content: {} };
    const validate = validatorOf(document, content['application/json']?.schema ?? { not: {} });
    const body: unknown = await (await installation.request(endpoint)).json();
    expect(validate(body), `${endpoint.id} ${JSON.stringify(validate.errors)}`).toBe(true);
    expect(validate({})).toBe(false);
  }
  const stranger = await Installation.create(relay);
  const problem = validatorOf(document, document.components.schemas['Problem'] ?? { not: {} });
  expect(problem(await stranger.refusal(createSession)), JSON.stringify(problem.errors)).toBe(true);
  expect(problem({ code: 'invented', status: 400, type: 'x', title: 'x' })).toBe(false);
});

test('the published input says what the relay accepts', async () => {
  const document = await readDocument();
  const body = operationOf(document, createEnrolment.id).requestBody;
  const validate = validatorOf(document, body?.content['application/json'].schema ?? { not: {} });
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

test('the document needs no proof, is not kept by caches, and takes GET alone', async () => {
  const relay = openRelay();
  const url = `${relay.publicUrl}/openapi.json`;
  expect((await relay.fetch(url)).headers.get('cache-control')).toBe('no-store');
  for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) {
    expect((await relay.fetch(url, { method })).status, method).toBe(405);
  }
});
