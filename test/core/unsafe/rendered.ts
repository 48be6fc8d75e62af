/** Renders of small worlds, in which values may be more than values. */
import type { Diagnostic } from '../../../functions/core/diagnostics.ts';
import { createInventory } from '../../../functions/core/inventory.ts';
import type { Change } from '../../../functions/core/objects.ts';
import { createRenderEngine, type RenderSettings } from '../../../functions/core/render.ts';
import * as kit from '../../kit/objects.ts';

const { put } = kit;

export type Texts = Readonly<Record<string, string>>;

export const configMap = (name: string, data: Texts): Change => put(kit.configMap(name, data));

export function pod(name: string, annotations: Texts = {}): Change {
  const made = kit.pod({ name, namespace: 'default' });
  return put({ ...made, metadata: { ...made.metadata, annotations } });
}

export const service = (fields: object = {}) =>
  JSON.stringify({ namespace: 'default', selector: { app: 'web' }, ...fields });

interface World {
  readonly template: string;
  readonly files?: Texts;
  readonly services?: Texts;
  readonly pods?: readonly Change[];
  readonly params?: Texts;
  readonly settings?: Partial<RenderSettings>;
}

/** An engine over objects that change. */
export function start({ params = {}, settings }: Pick<World, 'params' | 'settings'>) {
  const inventory = createInventory('lb');
  const engine = createRenderEngine({
    namespace: 'lb',
    dialect: 'jinja2',
    env: {},
    statisticsPassword: 'x',
    ...settings,
  });
  const variant = { sslDir: '/ssl', filesDir: '/files', params };
  return (...changes: readonly Change[]) => {
    const { snapshot } = inventory.update({ changes, certificates: [], unread: [] });
    const rendering = engine.render(snapshot, variant);
    const contents = rendering.kind === 'rendered' ? rendering.files : [];
    return {
      kind: rendering.kind,
      diagnostics: rendering.diagnostics,
      config: contents.find(({ path }) => path === 'haproxy.cfg')?.content ?? '',
      files: Object.fromEntries(contents.map(({ path, content }) => [path, content])),
    };
  };
}

export function render(world: World) {
  const { template, files = {}, services = { web: service() }, pods = [pod('p')] } = world;
  const changes = [configMap('config', { template, ...files }), configMap('services', services)];
  return start(world)(...changes, ...pods);
}

export const briefs = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ where, message }) => [where.object, message]);
