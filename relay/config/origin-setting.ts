import { z } from 'zod';
import { isSafeUrl } from '../../shared/safe-url.ts';

/** A setting that is an origin: `https`, or `http` within this machine. */
export const originSetting = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ''), {
    error: 'must be an origin such as https://relay.example.com, without path, query or user',
  })
  .transform((text) => new URL(text).origin)
  .refine((text) => !new URL(text).hostname.endsWith('.'), { error: 'must not end with a dot' })
  .refine(isSafeUrl, { error: 'must use https (http is for loopback only)' });
