import type { z } from 'zod';
import { Failure, reportOf } from '../../shared/failure.ts';
import { Message, type MessageAnswer } from '../../shared/messages.ts';

/** Messages by name, each with the schemas of what it takes and what it answers. */
type Messages = Readonly<Record<string, { input: z.ZodType; output: z.ZodType }>>;

/** One handler for each message; `Sender` is what the router knows of who asked. */
export type Handlers<Kinds extends Messages, Sender> = {
  [Name in keyof Kinds]: (
    input: z.infer<Kinds[Name]['input']>,
    sender: Sender,
  ) => Promise<z.input<Kinds[Name]['output']>>;
};

/**
 * Answers one message: refuses a name that is not among `kinds`, parses the input, runs the handler.
 *
 * @returns never rejects: a failure is an answer
 */
export async function answerMessage<Kinds extends Messages, Sender>(
  kinds: Kinds,
  handlers: Handlers<Kinds, Sender>,
  message: unknown,
  sender: Sender,
): Promise<MessageAnswer> {
  try {
    const parsed = Message.safeParse(message);
    const kind =
      parsed.success && Object.hasOwn(kinds, parsed.data.name) ? kinds[parsed.data.name] : undefined;
    if (!parsed.success || kind === undefined) throw new Failure('not-allowed');
    const input = kind.input.safeParse(parsed.data.input);
    if (!input.success) throw new Failure('request-invalid', { cause: input.error });
    const handler = handlers[parsed.data.name];
    if (handler === undefined) throw new Failure('not-allowed');
    return { ok: true, value: await handler(input.data as never, sender) }; // parsed by the schema of this very name
  } catch (error) {
    if (!(error instanceof Failure)) console.error(error);
    return { ok: false, failure: reportOf(error) };
  }
}
