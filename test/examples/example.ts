import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifests as parseManifests } from '../../functions/core/manifests.ts';
import { renderRead } from '../../functions/core/offline.ts';
import {
  createRenderEngine,
  type RenderEngine,
  type RenderSettings,
} from '../../functions/core/render.ts';
import type { Bundle, Dialect, ManifestText } from '../../functions/index.ts';
import { DEFAULT_PASSWORD } from '../../functions/settings/rendering.ts';

export const EXAMPLES = [
  'basic',
  'cache',
  'canary',
  'gateway',
  'ingress',
  'many',
  'maps',
  'tcp',
  'tls',
] as const;
export type Example = (typeof EXAMPLES)[number];

const root = join(import.meta.dirname, '..', '..', '..', 'examples');

/** The folders beside HAProxy that a configuration names. */
export interface Folders {
  readonly sslDir: string;
  readonly filesDir: string;
}
const DEFAULT_FOLDERS: Folders = { sslDir: '/etc/haproxy/ssl', filesDir: '/etc/haproxy/files' };

/** The manifests of an example, as texts. */
export const readExample = (name: Example): readonly ManifestText[] =>
  readManifests(join(root, name));

/** The README of an example that has one, or another page of it. */
export const readPage = (name: Example, page = 'README.md'): string =>
  readFileSync(join(root, name, page), 'utf8');

/** The manifests in a folder, as texts. */
export function readManifests(folder: string): readonly ManifestText[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => ({ origin: file, text: readFileSync(join(folder, file), 'utf8') }));
}

/** Where an example's expected files lie. */
export const goldenFolder = (name: Example): string => join(root, name, 'golden');

interface RenderOptions extends Partial<Folders> {
  readonly dialect?: Dialect;
  /** Whether entries may be left out for what their values would do. */
  readonly mayLeaveOut?: boolean;
  /** Whether the template may have something to say of what it does not serve. */
  readonly mayRemark?: boolean;
}

const engines = new Map<Dialect, RenderEngine>();

/** The engine of a dialect: what it has compiled of an example is compiled once. */
function engineOf(settings: RenderSettings): RenderEngine {
  const engine = engines.get(settings.dialect) ?? createRenderEngine(settings);
  engines.set(settings.dialect, engine);
  return engine;
}

/** What the product makes of manifests, which must be without fault. */
export function renderTexts(
  texts: readonly ManifestText[],
  { dialect = 'jinja2', mayLeaveOut = false, mayRemark = false, ...folders }: RenderOptions = {},
): Bundle {
  const settings = {
    namespace: 'lb',
    dialect,
    env: {},
    statisticsPassword: DEFAULT_PASSWORD,
  };
  const manifests = texts.map(({ text, origin }) => parseManifests(text, origin));
  const result = renderRead(manifests, {
    settings,
    engine: engineOf(settings),
    variant: { ...DEFAULT_FOLDERS, ...folders, params: {} },
  });
  const faults = result.diagnostics.filter(
    ({ code }) =>
      !(mayLeaveOut && code === 'unsafe-value') && !(mayRemark && code === 'template-remark'),
  );
  assert.deepEqual(faults, []);
  assert.equal(result.kind, 'rendered');
  return (result as { bundle: Bundle }).bundle;
}
