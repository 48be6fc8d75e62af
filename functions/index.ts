/** What `import ... from 'kubernetes-haproxy'` gives: a render of manifests, in this process. */
export { type Diagnostic, formatDiagnostic } from './core/diagnostics.ts';
export { type ManifestText, type OfflineResult, renderManifests } from './core/offline.ts';
export type { Dialect, RenderSettings, RenderVariant } from './core/render.ts';
export type { Bundle, BundleFile } from './wire/bundle.ts';
