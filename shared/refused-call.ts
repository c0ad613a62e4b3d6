/** A call that a provider refused: its answer, and what the connection may do. */
export interface RefusedCall {
  method: string;
  status: number;
  /** Names in lower case. */
  headers: { get(name: string): string | null };
  /** Parsed JSON; anything else as null. */
  body: unknown;
  /** Path of the call below the API's origin. */
  path: string;
  /** Scopes the call needs. */
  scopes: readonly string[];
  /** Scopes the connection has; null where only the member knows. */
  granted: readonly string[] | null;
}
