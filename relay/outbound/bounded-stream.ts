import { Failure } from '../../shared/failure.ts';

/** Passes a stream on and breaks it off beyond `max` bytes. */
export function limit(max: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > max) controller.error(new Failure('request-too-large'));
      else controller.enqueue(chunk);
    },
  });
}

/**
 * The same for what comes in.
 *
 * @throws Failure `request-too-large`, in the middle
 */
export async function* limited(source: AsyncIterable<Uint8Array>, max: number): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > max) throw new Failure('request-too-large');
    yield chunk;
  }
}

/** Reads an answer as text; the rest of one that is longer than `max` bytes is cut off. */
export async function readUpTo(answer: Response, max: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > max) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
