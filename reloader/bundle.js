import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Bundles the reloader to one file, without what it has no use for: it asks one server, by HTTP/1.1, and sends no body but
 * a stream. Names are shortened; `node --enable-source-maps` reads them from the map beside it.
 */
const require = createRequire(import.meta.url);

/** The parser of HTTP that runs on every processor. The other, with SIMD, gains nothing at one answer a change. */
const parser = brotliCompressSync(require('undici/lib/llhttp/llhttp-wasm.js')).toString('base64');
const { ERROR, TYPE } = require('undici/lib/llhttp/constants.js');

/** By the file's place in node_modules. A part of undici that has moved fails the build. */
const REPLACED = {
  'undici/lib/dispatcher/client-h2.js':
    "module.exports = () => { throw new Error('the reloader speaks HTTP/1.1') }",
  'undici/lib/web/fetch/body.js': 'module.exports = {}',
  // Names of headers are put in lower case one by one: there are few.
  'undici/lib/core/constants.js': 'exports.headerNameLowerCasedRecord = Object.create(null)',
  'undici/lib/core/tree.js': 'exports.tree = { lookup: () => undefined }',
  // One for each name that is asked for.
  'undici/lib/core/symbols.js':
    "module.exports = new Proxy({ kDestroyed: Symbol.for('nodejs.stream.destroyed') }, { get: (known, name) => (known[name] ??= Symbol(name)) })",
  // What a client calls and what `request` hands it are alike: only interceptors need them translated.
  'undici/lib/handler/unwrap-handler.js': 'exports.unwrap = (handler) => handler',
  'undici/lib/handler/wrap-handler.js': 'module.exports = {}',
  'undici/lib/util/stats.js': 'module.exports = {}',
  // Nobody listens to its channels.
  'undici/lib/core/diagnostics.js':
    'const silent = { hasSubscribers: false }; exports.channels = new Proxy({}, { get: () => silent });',
  'undici/lib/llhttp/constants.js': `module.exports = ${JSON.stringify({ ERROR, TYPE })}`,
  'undici/lib/llhttp/llhttp_simd-wasm.js': "module.exports = require('./llhttp-wasm.js')",
  'undici/lib/llhttp/llhttp-wasm.js': `module.exports = require('node:zlib').brotliDecompressSync(Buffer.from('${parser}', 'base64'))`,
};

const left = new Set(Object.keys(REPLACED));
const lean = {
  name: 'lean',
  setup({ onLoad, onEnd }) {
    onLoad({ filter: /[\\/]node_modules[\\/]undici[\\/]/ }, ({ path }) => {
      const name = path.replaceAll('\\', '/').split('/node_modules/').at(-1);
      left.delete(name);
      return { contents: REPLACED[name] ?? readFileSync(path, 'utf8'), loader: 'js' };
    });
    onEnd(() => ({ errors: [...left].map((name) => ({ text: `${name} is not there` })) }));
  },
};

const { metafile } = await build({
  entryPoints: ['reloader/main.ts'],
  outfile: 'dist/reloader/haproxy-reloader.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minify: true,
  // Node prints the line of what was not caught.
  lineLimit: 320,
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  plugins: [lean],
  banner: {
    js: '#!/usr/bin/env node\nimport{createRequire}from"node:module";const require=createRequire(import.meta.url);',
  },
});

// What it is made of, for `npm run sbom`.
writeFileSync('dist/reloader/inputs.json', JSON.stringify(Object.keys(metafile.inputs)));
