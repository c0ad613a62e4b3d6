/**
 * One condition of the API's filter language (`q`). Quotes inside a text are doubled, as the grammar wants.
 *
 * @see https://github.com/fattureincloud/api-filter (grammar)
 */
export function condition(field: string, operator: '=' | 'contains', text: string): string {
  return `${field} ${operator} '${text.replaceAll("'", "''")}'`;
}

/** Any of the conditions. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.join(' or ');
}
