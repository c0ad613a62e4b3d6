import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import type { RecordedExchange } from '../sandbox/server.ts';

type Json = Record<string, unknown>;

/** The provider's published document as a judge of what went over the wire. */
export interface OpenApiJudge {
  /** What of the exchange the document does not allow, in words; empty where all is well. */
  checkExchange(exchange: RecordedExchange): string[];
}

const documentFile = fileURLToPath(
  new URL('../../../shared/providers/fatture-in-cloud.openapi.yaml', import.meta.url),
);

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** OpenAPI 3.0 says `nullable` where JSON Schema says a second type; its other own words are dropped. */
function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (!isObject(value)) return value;
  const { nullable, example: _, discriminator: __, xml: ___, ...rest } = value;
  const schema = Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, toJsonSchema(inner)]));
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/**
 * Loads the document that lies beside the repository.
 *
 * @returns null where it is not there; callers say so
 */
export async function loadOpenApi(): Promise<OpenApiJudge | null> {
  if (!existsSync(documentFile)) return null;
  const document = parse(readFileSync(documentFile, 'utf8')) as Json; // its own schemas are what is used of it
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'fic', components: toJsonSchema(document['components']) });
  const compiled = new Map<string, ValidateFunction>();

  const at = (pointer: string): unknown =>
    pointer
      .slice(2)
      .split('/')
      .reduce<unknown>((node, key) => {
        const name = decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
        return isObject(node) ? node[name] : undefined;
      }, document);
  const resolve = (node: unknown): Json => {
    if (!isObject(node)) return {};
    return typeof node['$ref'] === 'string' ? resolve(at(node['$ref'])) : node;
  };
  const validate = (schema: unknown, value: unknown, what: string): string[] => {
    const key = JSON.stringify(schema);
    let check = compiled.get(key);
    if (check === undefined) {
      const absolute = JSON.stringify(toJsonSchema(schema)).replaceAll('"#/components', '"fic#/components');
      compiled.set(key, (check = ajv.compile(JSON.parse(absolute) as Json)));
    }
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message }) => `${what}${instancePath} ${message}`);
  };
  const schemaOf = (holder: Json): unknown => {
    const content = holder['content'];
    const json = isObject(content) ? content['application/json'] : undefined;
    return isObject(json) ? json['schema'] : undefined;
  };

  const paths = Object.entries(document['paths'] as Json)
    .map(([template, item]) => ({
      item: resolve(item),
      pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      holes: template.split('{').length,
    }))
    // OpenAPI 3.0: a path without parameters is matched before one with.
    .toSorted((a, b) => a.holes - b.holes);

  return {
    checkExchange(exchange) {
      // The document describes the API, not the authorization server.
      if (exchange.path.startsWith('/oauth/') || exchange.path === '/favicon.ico') return [];
      const name = `${exchange.method} ${exchange.path}`;
      const found = paths.find(({ pattern }) => pattern.test(exchange.path));
      const operation = found === undefined ? undefined : found.item[exchange.method.toLowerCase()];
      if (found === undefined || !isObject(operation)) return [`${name} is not in the document`];
      const faults: string[] = [];

      const parameters = [found.item['parameters'], operation['parameters']]
        .flatMap((list) => (Array.isArray(list) ? list : []))
        .map(resolve)
        .filter((parameter) => parameter['in'] === 'query');
      for (const [key] of new URLSearchParams(exchange.query)) {
        if (!parameters.some((parameter) => parameter['name'] === key))
          faults.push(`${name} has no query ${key}`);
      }
      const requestSchema = schemaOf(resolve(operation['requestBody']));
      if (requestSchema !== undefined) {
        faults.push(...validate(requestSchema, exchange.requestBody, `${name} request`));
      }
      const responses = resolve(operation['responses']);
      const response = responses[String(exchange.status)];
      if (response === undefined) faults.push(`${name} has no answer ${exchange.status}`);
      const answerSchema = schemaOf(resolve(response));
      if (answerSchema !== undefined)
        faults.push(...validate(answerSchema, exchange.responseBody, `${name} answer`));
      return faults;
    },
  };
}
