import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CODE_CACHE, RENDERER_BUNDLE, v8Flags } from '../../dist/functions/renderer/process.js';
import { RENDERING } from '../../dist/functions/settings/rendering.js';

/**
 * Makes the renderer's code cache, for the Node.js that runs this, and for as much memory as renderers have by default.
 * It is no part of the build, whose bytes are the same wherever it runs: V8 puts hashes by a random seed into it.
 */
const WRITER = 'dist/functions/renderer/write-code-cache.js';
const EXAMPLE = 'examples/basic';

const manifests = readdirSync(EXAMPLE)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => join(EXAMPLE, name));
const flags = v8Flags(Number(RENDERING.renderMemory.fallback));
execFileSync(process.execPath, [...flags, WRITER, RENDERER_BUNDLE, CODE_CACHE, ...manifests], {
  stdio: 'inherit',
});
