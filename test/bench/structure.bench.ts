/** What it costs to see that values are no more than values: renders with UNSAFE_VALUES=refuse beside off. */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parse } from 'yaml';
import { createInventory } from '../../functions/core/inventory.ts';
import type { Change } from '../../functions/core/objects.ts';
import { createRenderEngine, type RenderEngine } from '../../functions/core/render.ts';
import type { Snapshot } from '../../functions/core/snapshot.ts';
import { configMap, pod, put } from '../kit/objects.ts';
import { quantile, type Section } from './section.ts';
import { SERVICE_ENTRIES, SERVICES, serviceOf } from './service-entries.ts';

const PODS = 10_000;
const TURNS = 9;
const VARIANT = { sslDir: '/ssl', filesDir: '/files', params: {} };
const WAYS = ['off', 'refuse'] as const;

type Way = (typeof WAYS)[number];
type Timings = Readonly<Record<Way, number[]>>;

const basic = (): string => {
  const url = new URL('../../../examples/basic/config.yaml', import.meta.url);
  return (parse(readFileSync(url, 'utf8')) as { data: { template: string } }).data.template;
};

/** A template that prints a value with special characters on each line, some way. */
const perPod = (line: string): string => `{%- for service in services %}
backend {{service.name}}
{%- for pod in service.pods.values() %}
    ${line}
{%- endfor %}
{%- endfor %}
`;

const NOTE = 'pod.metadata.annotations.note';
const TEMPLATES: ReadonlyArray<readonly [what: string, template: string]> = [
  ['examples/basic', basic()],
  [
    'a quoted value on each line',
    perPod(`http-request set-header x-{{pod.metadata.name}} {{${NOTE}|quote}}`),
  ],
  [
    'an escaped value on each line',
    perPod(`acl {{pod.metadata.name}} path_reg ^/{{${NOTE}|re_escape}}$`),
  ],
  [
    'a value in a comment on each line',
    perPod(`server {{pod.metadata.name}} {{pod.status.podIP}}:80 # {{${NOTE}}}`),
  ],
];

function podAt(index: number, generation = 0): Change {
  const app = serviceOf(index);
  const name = `${app}-${Math.floor(index / SERVICES)}`;
  const address = index + generation * 7;
  const ip = `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`;
  const made = pod({ name, ip, labels: { app } });
  const note = `front & back #${index}.${generation} of "shop" \\ 100 %`;
  return put({ ...made, metadata: { ...made.metadata, annotations: { note } } });
}

/** Snapshots of a template: without pods, with all, and then each with one pod that is another. */
function* snapshotsOf(template: string): Generator<Snapshot, never> {
  const inventory = createInventory('lb');
  const after = (...changes: readonly Change[]): Snapshot =>
    inventory.update({ changes, certificates: [], unread: [] }).snapshot;
  yield after(put(configMap('config', { template })), put(configMap('services', {})));
  yield after(
    put(configMap('services', SERVICE_ENTRIES)),
    ...Array.from({ length: PODS }, (_, i) => podAt(i)),
  );
  for (let generation = 1; ; generation++) {
    yield after(podAt((generation * 37) % PODS, generation));
  }
}

const engineOf = (unsafeValues: Way): RenderEngine =>
  createRenderEngine({
    namespace: 'lb',
    dialect: 'jinja2',
    env: {},
    statisticsPassword: 'x',
    unsafeValues,
  });

function render(engine: RenderEngine, snapshot: Snapshot): number {
  const start = performance.now();
  const rendering = engine.render(snapshot, VARIANT);
  const took = performance.now() - start;
  if (rendering.kind !== 'rendered' || rendering.diagnostics.length > 0)
    throw new Error(JSON.stringify(rendering));
  return took;
}

/**
 * Milliseconds of each way, in turns of some renders each, of which the first third warms: two engines that take turns
 * render by render take each other's place in the processor's caches.
 */
function measure(turns: number, each: number, render: (way: Way) => number): Timings {
  const timings: Timings = { off: [], refuse: [] };
  for (let turn = 0; turn < turns; turn++) {
    for (const way of turn % 2 === 0 ? WAYS : [...WAYS].reverse()) {
      const times = Array.from({ length: each }, () => render(way));
      if (turn > 0) timings[way].push(...times.slice(Math.ceil(each / 3)));
    }
  }
  return timings;
}

function row(what: string, change: string, timings: Timings): readonly (string | number)[] {
  const [off, refuse] = WAYS.map((way) => quantile(timings[way], 0.5)) as [number, number];
  return [what, change, off.toFixed(2), refuse.toFixed(2), (refuse / off).toFixed(2)];
}

function rowsOf(what: string, template: string) {
  const snapshots = snapshotsOf(template);
  const empty = snapshots.next().value;
  const full = snapshots.next().value;
  const whole = measure(TURNS, 6, (way) => {
    const engine = engineOf(way);
    engine.render(empty, VARIANT);
    return render(engine, full);
  });
  const engines = { off: engineOf('off'), refuse: engineOf('refuse') };
  for (const way of WAYS) render(engines[way], full);
  const changed = measure(TURNS, 60, (way) => render(engines[way], snapshots.next().value));
  return [row(what, 'all', whole), row(what, 'one pod', changed)];
}

/** Renders in which values are looked at, beside the same in which they are not. */
export default async function structure(): Promise<Section> {
  return {
    title: 'Values that are no more than values',
    note: `Milliseconds of a render at ${PODS.toLocaleString('en')} pods in ${SERVICES.toLocaleString('en')} services, all of it or after one changed pod, with UNSAFE_VALUES=off and refuse: medians of warm renders, the two in turns.`,
    head: ['template', 'renders', 'off', 'refuse', 'times'],
    rows: TEMPLATES.flatMap(([what, template]) => rowsOf(what, template)),
  };
}
