import { z } from 'zod';

/** A sentence in both languages of the product. */
export const Text = z.object({ it: z.string().min(1), en: z.string().min(1) });
/** A sentence in both languages of the product. */
export type Text = z.infer<typeof Text>;
