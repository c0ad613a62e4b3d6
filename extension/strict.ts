import { z } from 'zod';

/** Extension pages run no code made of text, and the schema library need not find that out by trying. */
z.config({ jitless: true });
