import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Bundles the reloader to one file, without what it has no use for: it asks one server, by HTTP/1.1, and sends no bodies.
 * Names are shortened; `node --enable-source-maps` reads them from the map beside it.
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

const ERRORS = 'undici/lib/core/errors.js';

/**
 * Functions and classes that nothing here reaches, in files that are needed: in the bundle each of them throws. One that
 * is not found fails the build.
 */
const CUT = {
  // Jobs run in this process, and there is no other to agree with.
  'node-cron/dist/_shared.js': ['EnvVarRunCoordinator'],
  'node-cron/dist/node-cron.js': ['BackgroundScheduledTask', 'solvePath'],
  // Bodies of answers are read as they come.
  'undici/lib/api/readable.js': ['consume', 'consumeEnd', 'consumePush', 'consumeStart'],
  // Of pools, proxies, retries and WebSockets.
  [ERRORS]: [
    'BalancedPoolMissingUpstreamError',
    'InvalidReturnValueError',
    'MaxOriginsReachedError',
    'MessageSizeExceededError',
    'RequestRetryError',
    'ResponseError',
    'SecureProxyConnectionError',
    'Socks5ProxyError',
  ],
  // Of what `fetch`, caches and interceptors need.
  'undici/lib/core/util.js': [
    'BodyAsyncIterable',
    'ReadableStreamFrom',
    'deepClone',
    'encodeRawHeaders',
    'parseRangeHeader',
    'parseRawHeaders',
    'serializePathWithQuery',
    'toRawHeaders',
    'wrapRequestBody',
  ],
  // Requests have no bodies.
  'undici/lib/dispatcher/client-h1.js': [
    'AsyncWriter',
    'writeBlob',
    'writeIterable',
    'writeStream',
  ],
};

/** At the top level of a file: its end is the first line that begins with a brace. */
const declarationOf = (name) =>
  new RegExp(`^(?:async )?(function|class) ${name}\\b[^]*?\\n}$`, 'm');

function cut(source, name) {
  const [declaration, kind] = declarationOf(name).exec(source) ?? [];
  if (declaration === undefined) throw new Error(`${name} is not there`);
  const thrown = `{ throw new Error('${name} is not in the bundle') }`;
  const stub = kind === 'class' ? `{ constructor() ${thrown} }` : `() ${thrown}`;
  return source.replace(declaration, () => `${kind} ${name} ${stub}`);
}

/** What tells errors of several copies of undici apart: here is one, whose classes do. */
const BRANDS =
  /^const k\w+ = Symbol\.for\(.*\)$|^ {2}(?:static \[Symbol\.hasInstance\]|get \[k\w+\]) \([\s\S]*?^ {2}}$/gm;

function leanOf(name, source) {
  const whole = name === ERRORS ? source.replaceAll(BRANDS, '') : source;
  return (CUT[name] ?? []).reduce(cut, whole);
}

const left = new Set([...Object.keys(REPLACED), ...Object.keys(CUT)]);
const lean = {
  name: 'lean',
  setup({ onLoad, onEnd }) {
    onLoad({ filter: /[\\/]node_modules[\\/](undici|node-cron)[\\/]/ }, ({ path }) => {
      const name = path.replaceAll('\\', '/').split('/node_modules/').at(-1);
      left.delete(name);
      const source = REPLACED[name] ?? readFileSync(path, 'utf8');
      return { contents: leanOf(name, source), loader: 'js' };
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
