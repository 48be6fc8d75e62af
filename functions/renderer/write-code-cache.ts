import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { runBundledScript } from './bundled-script.ts';
import type { ToRenderer } from './protocol.ts';

/**
 * Keeps what V8 compiles where a renderer renders once: code that has run is in it, so that a first render compiles less,
 * too. To be run with the flags of a renderer.
 *
 *     node FLAGS write-code-cache.js BUNDLE CODE_CACHE MANIFESTS...
 */
const [, , bundle = '', codeCache = '', ...manifests] = process.argv;

const script = runBundledScript(bundle);
const tell = (message: ToRenderer): unknown => process.emit('message', message, undefined);
const variant = { sslDir: '/ssl', filesDir: '/files', params: {} };
const texts = manifests.map((origin) => ({ origin, text: readFileSync(origin, 'utf8') }));
tell({
  type: 'settings',
  settings: { namespace: 'lb', dialect: 'jinja2', env: {}, statisticsPassword: '' },
});
tell({ type: 'once', id: 0, texts, variant });
writeFileSync(`${codeCache}.new`, script.createCachedData());
renameSync(`${codeCache}.new`, codeCache);
