import { rmSync } from 'node:fs';
import { build } from 'esbuild';

/**
 * Bundles the service: a small file to start with, and beside it parts that a command loads once it needs them. Most of
 * the time in which a command starts, it reads code: `status` need not read the server, nor anyone what undici has for
 * browsers.
 */
const PARTS = 'dist/functions/parts';

/** What nobody here asks for, by its place in node_modules: a file that has moved fails the build. */
const LEFT_OUT = [
  // Bodies are taken as they come: in no encoding, of any type.
  'body-parser/lib/types/json.js',
  'body-parser/lib/types/text.js',
  'body-parser/lib/types/urlencoded.js',
  'iconv-lite/lib/index.js',
  'mime-db/index.js',
  // Queries are read as the URL standard has them.
  'qs/lib/index.js',
  // Metrics have no exemplars.
  '@opentelemetry/api/dist/index.cjs',
  'serve-static/index.js',
  // No caches, mocks, WebSockets, nor what browsers have.
  'undici/lib/cache/memory-cache-store.js',
  'undici/lib/cache/sqlite-cache-store.js',
  'undici/lib/interceptor/cache.js',
  'undici/lib/interceptor/decompress.js',
  'undici/lib/interceptor/deduplicate.js',
  'undici/lib/interceptor/dns.js',
  'undici/lib/mock/mock-agent.js',
  'undici/lib/mock/mock-call-history.js',
  'undici/lib/mock/mock-client.js',
  'undici/lib/mock/mock-errors.js',
  'undici/lib/mock/mock-pool.js',
  'undici/lib/mock/snapshot-agent.js',
  'undici/lib/web/cookies/index.js',
  'undici/lib/web/eventsource/eventsource.js',
  'undici/lib/web/fetch/body.js',
  'undici/lib/web/fetch/data-url.js',
  'undici/lib/web/fetch/formdata.js',
  'undici/lib/web/fetch/global.js',
  'undici/lib/web/fetch/headers.js',
  'undici/lib/web/fetch/index.js',
  'undici/lib/web/fetch/request.js',
  'undici/lib/web/fetch/response.js',
  'undici/lib/web/websocket/events.js',
  'undici/lib/web/websocket/stream/websocketerror.js',
  'undici/lib/web/websocket/stream/websocketstream.js',
  'undici/lib/web/websocket/websocket.js',
];
const REPLACED = new Map([
  ...LEFT_OUT.map((name) => [name, 'module.exports = {}']),
  ['undici/lib/web/cache/cachestorage.js', 'exports.CacheStorage = class {}'],
]);

const lean = {
  name: 'lean',
  setup({ onLoad, onEnd }) {
    const left = new Set(REPLACED.keys());
    onLoad({ filter: /[\\/]node_modules[\\/].*\.c?js$/ }, ({ path }) => {
      const name = path.replaceAll('\\', '/').split('/node_modules/').at(-1);
      left.delete(name);
      const contents = REPLACED.get(name);
      return contents === undefined ? undefined : { contents, loader: 'js' };
    });
    onEnd(() => ({ errors: [...left].map((name) => ({ text: `${name} is not there` })) }));
  },
};

// Names of parts are hashes: those of earlier builds would be packed as well.
rmSync(PARTS, { recursive: true, force: true });

await build({
  entryPoints: { 'kubernetes-haproxy': 'functions/main.ts' },
  outdir: 'dist/functions',
  chunkNames: 'parts/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  plugins: [lean],
  banner: {
    js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
  },
});
