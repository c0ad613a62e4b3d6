import { z } from 'zod';
import { endpoints } from '../../shared/api/registry.ts';
import type { Endpoint } from '../../shared/endpoint.ts';
import { Problem } from '../../shared/failure.ts';
import type { RelayApp } from '../http/env.ts';
import { referencePage, referencePolicy, type ApiDocument, type ApiOperation } from '../http/reference.ts';
import type { Schema } from '../http/shape.ts';

/** The relay's API as OpenAPI 3.1, generated from the same schemas that parse its requests; and as a page made of that. */
export function serveOpenApi(app: RelayApp): void {
  const api = describeApi();
  const document = JSON.stringify(api);
  const page = referencePage(api);
  app.get('/openapi.json', (c) => c.body(document, 200, { 'Content-Type': 'application/json' }));
  app.get('/api', (c) => c.html(page, 200, { 'Content-Security-Policy': referencePolicy }));
}

function describeApi(): ApiDocument {
  const paths: Record<string, Record<string, ApiOperation>> = {};
  const schemas: Record<string, Schema> = {};
  schemas['Problem'] = schemaOf(Problem, 'output', schemas);
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: describe(endpoint, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Staffetta relay',
      version: '1',
      description:
        'Every call carries a DPoP proof (RFC 9449) with a nonce of the relay; all but those that enrol or open a session also carry a session token. Refusals are problem details (RFC 9457) with a stable code.',
    },
    paths,
    components: {
      schemas,
      securitySchemes: {
        proof: { type: 'apiKey', in: 'header', name: 'DPoP', description: 'DPoP proof, ES256, RFC 9449' },
        session: { type: 'http', scheme: 'DPoP', description: 'Session token bound to the key of the proof' },
      },
    },
  };
}

/** Who may call an endpoint. */
const callers = {
  proof: 'With a proof alone.',
  session: 'With proof and session.',
  admin: 'With proof and session, for administrators.',
  auditor: 'With proof and session, for administrators and auditors.',
};

function describe(endpoint: Endpoint, schemas: Record<string, Schema>) {
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const codes = endpoint.failures.length === 0 ? '' : ` Codes of its own: ${endpoint.failures.join(', ')}.`;
  return {
    operationId: endpoint.id,
    summary: endpoint.summary,
    description: callers[endpoint.role ?? endpoint.access],
    'x-failure-codes': endpoint.failures,
    security: [endpoint.access === 'proof' ? { proof: [] } : { proof: [], session: [] }],
    parameters: Object.entries(endpoint.params.shape).map(([name, schema]) => ({
      name,
      in: 'path',
      required: true,
      schema: schemaOf(schema as z.ZodType, 'input', schemas), // zod types the members of a shape as its own core
    })),
    ...(endpoint.method === 'POST'
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(endpoint.input, 'input', schemas) } },
          },
        }
      : {}),
    responses: {
      200: {
        description: 'Done.',
        content: { 'application/json': { schema: schemaOf(endpoint.output, 'output', schemas) } },
      },
      default: { description: `Refused.${codes}`, content: problem },
    },
  };
}

/** What a schema says as JSON Schema; one that holds itself is put among the document's own `schemas`. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Schema>): Schema {
  const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline' });
  Object.assign(schemas, hoisted($defs ?? {}));
  return hoisted(rest) as Schema; // zod's own type of it has members for other drafts
}

const hoisted = <Value extends object>(value: Value): Value =>
  JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/')) as Value; // the same with other addresses
