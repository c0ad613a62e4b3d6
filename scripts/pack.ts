import { readFileSync, writeFileSync } from 'node:fs';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';

/** The beginning of time in a ZIP archive, in whichever zone the machine is. */
const mtime = new Date(1980, 0, 1);

/**
 * Packs an archive of stored files anew, smaller and the same on every machine.
 *
 * What zlib makes of a file differs between processors and versions of Node; this library's own code does not.
 *
 * @param isPackage whether it is an extension: then its manifest goes without `key`, which the Chrome Web Store gives an item
 *   itself and refuses to be told
 */
export function repack(file: string, isPackage: boolean): void {
  const files = unzipSync(readFileSync(file));
  const manifest = files['manifest.json'];
  if (isPackage && manifest !== undefined) {
    const { key: _, ...packed } = JSON.parse(strFromU8(manifest)) as Record<string, unknown>;
    files['manifest.json'] = strToU8(JSON.stringify(packed));
  }
  writeFileSync(file, zipSync(files, { level: 9, mtime }));
}
