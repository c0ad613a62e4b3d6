/** What is read of JSON Schema (2020-12) to show a shape to a person. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
}

/** A shape in TypeScript's words, indented by `indent`; limits on lengths and patterns are left out. */
export function shapeOf(schema: Schema, indent = ''): string {
  const inner = `${indent}  `;
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return either.map((one) => shapeOf(one, indent)).join(' | ');
  if (schema.type === 'array') {
    const items = shapeOf(schema.items ?? {}, indent);
    return items.includes(' | ') && !items.startsWith('{') ? `(${items})[]` : `${items}[]`;
  }
  const members = Object.entries(schema.properties ?? {});
  if (members.length > 0) {
    const lines = members.map(([name, one]) => {
      const mark = schema.required?.includes(name) === true ? '' : '?';
      return `${inner}${name}${mark}: ${shapeOf(one, inner)};`;
    });
    return `{\n${lines.join('\n')}\n${indent}}`;
  }
  if (typeof schema.additionalProperties === 'object')
    return `Record<string, ${shapeOf(schema.additionalProperties, indent)}>`;
  if (schema.properties !== undefined) return '{}';
  const types = [schema.type ?? 'unknown'].flat();
  return types.map((type) => (type === 'integer' ? 'number' : type)).join(' | ');
}
