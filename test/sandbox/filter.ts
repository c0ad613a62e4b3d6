/** A record as the filter sees it. */
type Fields = Record<string, unknown>;

/** Whether a record matches. */
export type Filter = (record: Fields) => boolean;

const tokenPattern =
  /\s*(?:(\()|(\))|('(?:[^']|'')*')|(\d+(?:\.\d+)?)|(<>|!=|>=|<=|=|>|<)|([a-z](?:[a-z_.]*[a-z])?|[A-Z]+))/y;

interface Token {
  kind: 'open' | 'close' | 'string' | 'number' | 'operator' | 'word';
  text: string;
}

/**
 * Parses the API's filter language: comparisons, patterns and null tests, `and` before `or`, parentheses.
 *
 * @param allowed fields the list may be filtered by; any where left out
 * @returns null where the text is not of the grammar, or names another field
 * @see https://github.com/fattureincloud/api-filter
 */
export function parseFilter(text: string, allowed?: ReadonlySet<string>): Filter | null {
  const tokens = tokenize(text);
  if (tokens === null) return null;
  let at = 0;
  const peek = (): Token | undefined => tokens[at];
  const isWord = (word: string): boolean =>
    peek()?.kind === 'word' && (peek()?.text === word || peek()?.text === word.toUpperCase());
  const take = (word: string): boolean => {
    if (!isWord(word)) return false;
    at += 1;
    return true;
  };

  const any = (): Filter => {
    let left = all();
    while (take('or')) {
      const [first, second] = [left, all()];
      left = (record) => first(record) || second(record);
    }
    return left;
  };
  const all = (): Filter => {
    let left = one();
    while (take('and')) {
      const [first, second] = [left, one()];
      left = (record) => first(record) && second(record);
    }
    return left;
  };
  const one = (): Filter => {
    const token = tokens[at];
    at += 1;
    if (token?.kind === 'open') {
      const inner = any();
      if (tokens[at]?.kind !== 'close') throw new SyntaxError(')');
      at += 1;
      return inner;
    }
    if (token?.kind !== 'word' || token.text !== token.text.toLowerCase()) throw new SyntaxError('field');
    if (allowed?.has(token.text) === false) throw new SyntaxError('field');
    return test(token.text);
  };
  const test = (field: string): Filter => {
    if (take('is')) {
      const negated = take('not');
      if (!take('null')) throw new SyntaxError('null');
      return (record) => isEmpty(record[field]) !== negated;
    }
    const negated = take('not');
    const pattern = ['like', 'contains', 'starts', 'ends'].find((word) => take(word));
    if (pattern !== undefined) {
      if ((pattern === 'starts' || pattern === 'ends') && !take('with')) throw new SyntaxError('with');
      const matches = patternTest(pattern, stringAt());
      return (record) => matches(String(record[field] ?? '').toLowerCase()) !== negated;
    }
    const operator = tokens[at];
    if (negated || operator?.kind !== 'operator') throw new SyntaxError('operator');
    at += 1;
    if (take('null')) return (record) => isEmpty(record[field]) === (operator.text === '=');
    const value = valueAt();
    return (record) => compare(record[field], operator.text, value);
  };
  const stringAt = (): string => {
    const token = tokens[at];
    if (token?.kind !== 'string') throw new SyntaxError('string');
    at += 1;
    return token.text;
  };
  const valueAt = (): string | number | boolean => {
    const token = tokens[at];
    at += 1;
    if (token?.kind === 'string') return token.text;
    if (token?.kind === 'number') return Number(token.text);
    if (token?.text === 'true' || token?.text === 'false') return token.text === 'true';
    throw new SyntaxError('value');
  };

  try {
    const filter = any();
    return at === tokens.length ? filter : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function tokenize(text: string): Token[] | null {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (text.slice(tokenPattern.lastIndex).trim() !== '') {
    const match = tokenPattern.exec(text);
    if (match === null) return null;
    const [, open, close, string, number, operator, word] = match;
    if (open) tokens.push({ kind: 'open', text: open });
    else if (close) tokens.push({ kind: 'close', text: close });
    else if (string) tokens.push({ kind: 'string', text: string.slice(1, -1).replaceAll("''", "'") });
    else if (number) tokens.push({ kind: 'number', text: number });
    else if (operator) tokens.push({ kind: 'operator', text: operator });
    else if (word) tokens.push({ kind: 'word', text: word });
  }
  return tokens;
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';

const patternTest = (pattern: string, wanted: string): ((value: string) => boolean) => {
  const text = wanted.toLowerCase();
  if (pattern === 'contains') return (value) => value.includes(text);
  if (pattern === 'starts') return (value) => value.startsWith(text);
  if (pattern === 'ends') return (value) => value.endsWith(text);
  const source = text
    .split('%')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => expression.test(value);
};

const compare = (actual: unknown, operator: string, wanted: string | number | boolean): boolean => {
  const left = typeof wanted === 'number' ? Number(actual) : String(actual ?? '').toLowerCase();
  const right = typeof wanted === 'number' ? wanted : String(wanted).toLowerCase();
  if (operator === '=') return left === right;
  if (operator === '<>' || operator === '!=') return left !== right;
  if (operator === '>') return left > right;
  if (operator === '>=') return left >= right;
  return operator === '<' ? left < right : left <= right;
};
