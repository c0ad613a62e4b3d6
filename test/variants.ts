/** Whether every variant of every test runs, on both databases: `npm test -- --all`. */
export const isThorough = process.env['STAFFETTA_TEST'] === 'all';

/**
 * Of tests that differ in language and colours alone, the ones that run.
 *
 * Each screen is looked at in one of them by every `npm test`, which is to end within ten minutes on two cores; in all of them by
 * `npm test -- --all`.
 */
export const variants = <Row>(rows: readonly Row[], count = 1): readonly Row[] =>
  isThorough ? rows : rows.slice(0, count);
