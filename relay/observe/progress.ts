/** Reports how far a long task has come. */
export interface Progress {
  /** @param total null if unknown */
  show(label: string, done: number, total: number | null): void;
  /** Removes the bar. */
  clear(): void;
}
