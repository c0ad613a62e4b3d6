import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { bundleRelay } from '../../scripts/build.ts';
import { temporaryFolder } from '../relay/process.ts';

/**
 * The bundled relay of this file of tests, made once.
 *
 * @returns puts it into an empty folder, far from any `node_modules`, for one test
 */
export function useBundle(): () => { entry: string; folder: string } {
  let made = '';
  beforeAll(async () => {
    made = mkdtempSync(join(tmpdir(), 'staffetta-bundle-'));
    await bundleRelay(made);
  });
  afterAll(() => rmSync(made, { recursive: true, force: true }));
  return () => {
    const folder = temporaryFolder();
    copyFileSync(join(made, 'relay.js'), join(folder, 'relay.js'));
    return { entry: join(folder, 'relay.js'), folder };
  };
}
