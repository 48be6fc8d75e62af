import { readFileSync } from 'node:fs';
import { runBundledScript } from './bundled-script.ts';

/**
 * What a renderer's process runs first; bundled, since it may read nothing but its own files.
 *
 *     node renderer.start.cjs BUNDLE CODE_CACHE
 */
const [, , bundle = '', codeCache = ''] = process.argv;

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

runBundledScript(bundle, readIfThere(codeCache));
