import { readFileSync } from 'node:fs';

/** A fenced block of a page of the documentation. */
export interface Block {
  /** The word after the fence: `sh`, `json`, `ts`. */
  language: string;
  /** What stands after that: the file in which the block belongs, as a rule. */
  name: string;
  text: string;
}

/** The fenced blocks of a Markdown file, without the indentation of the list they stand in. */
export function blocksOf(file: string): Block[] {
  return [...readFileSync(file, 'utf8').matchAll(/^( *)```(\w+)(?: (\S+))?\n([^]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', name = '', text = '']) => ({
      language,
      name,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** The text of the block with this name; the page has it once. */
export function blockOf(file: string, name: string): string {
  const found = blocksOf(file).filter((block) => block.name === name);
  const [block] = found;
  if (block === undefined || found.length > 1) throw new Error(`${file} has ${found.length} blocks ${name}`);
  return block.text;
}
