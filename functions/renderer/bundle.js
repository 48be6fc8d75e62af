import { rmSync } from 'node:fs';
import { build } from 'esbuild';

/** Bundles the renderer: what its process runs first, and all that it needs to render. */
// Of another bundle. V8 would see that only where its length differs.
rmSync('dist/functions/renderer.code-cache', { force: true });

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
};
await build({
  ...shared,
  entryPoints: ['functions/renderer/start.ts'],
  outfile: 'dist/functions/renderer.start.cjs',
});
await build({
  ...shared,
  entryPoints: ['functions/renderer/main.ts'],
  outfile: 'dist/functions/renderer.bundle.cjs',
});
