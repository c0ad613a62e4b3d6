/**
 * Characters that a tool we build with reads as syntax, each found by a build or a start in such a folder.
 *
 * `#`, `%` and `?` end or encode a URL in Vite; WXT quotes paths with `"`; `:` separates the folders of PATH; Chromium separates the
 * extensions to load with `,`; Vite warns of `*`.
 */
const unusable = ['#', '%', '?', '"', ':', ',', '*'];

/**
 * Sentence that says why nothing can be built in `folder`, and the way out; null where it can.
 *
 * @param folder absolute path
 * @param platform as in `process.platform`: Windows writes drives and separators with two of the characters
 */
export const placeFault = (folder, platform) => {
  const path = platform === 'win32' ? folder.replace(/^[A-Za-z]:/, '').replaceAll('\\', '/') : folder;
  const found = unusable.filter((character) => path.includes(character));
  if (found.length === 0) return null;
  return `The path ${folder} contains ${found.map((character) => `“${character}”`).join(' and ')}, which the tools read as syntax: move or clone the folder to a path without it.`;
};
