/** Orders by each of the comma-separated fields in turn; a leading minus turns one round. */
export const bySort = (sort: string) => {
  const keys = sort
    .split(',')
    .map((key) => ({ field: key.replace(/^-/, ''), sign: key.startsWith('-') ? -1 : 1 }));
  return (a: Record<string, unknown>, b: Record<string, unknown>): number => {
    for (const { field, sign } of keys) {
      const order = String(a[field] ?? '').localeCompare(String(b[field] ?? ''), 'it', { numeric: true });
      if (order !== 0) return sign * order;
    }
    return 0;
  };
};
