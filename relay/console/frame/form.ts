import type { Context } from 'hono';
import { Failure } from '../../../shared/failure.ts';
import type { RelayEnv } from '../../http/env.ts';
import { bodyOf, headerOf } from '../../http/incoming.ts';

/** What a form has sent. */
export interface SubmittedForm {
  /** A field's text; empty where there is none. */
  text(name: string): string;
  /** The values that were ticked or chosen under one name. */
  all(name: string): string[];
  /** What stands in a chosen file; empty where none was. */
  file(name: string): Promise<string>;
}

/**
 * Reads a form.
 *
 * @throws Failure `request-invalid` · `request-too-large`
 */
export async function readForm(c: Context<RelayEnv>, bytesMax: number): Promise<SubmittedForm> {
  const type = headerOf(c, 'content-type') ?? '';
  if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) {
    throw new Failure('media-type-refused');
  }
  const body = await bodyOf(c, bytesMax);
  const data = await new Response(Uint8Array.from(body), { headers: { 'Content-Type': type } })
    .formData()
    .catch((cause: unknown) => {
      throw new Failure('request-invalid', { cause });
    });
  const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    text: (name) => textOf(data.get(name)).trim(),
    all: (name) => data.getAll(name).map(textOf),
    async file(name) {
      const value = data.get(name);
      return value === null || typeof value === 'string' ? '' : value.text();
    },
  };
}
