/** What it costs to tell where lines come from: renders that are traced beside those that are not. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { createInventory } from '../../functions/core/inventory.ts';
import type { ExplainQuestion } from '../../functions/core/origin/explain.ts';
import { createRenderEngine, type RenderEngine } from '../../functions/core/render.ts';
import type { Snapshot } from '../../functions/core/snapshot.ts';
import { configMap, pod, put } from '../kit/objects.ts';
import { quantile, type Section } from './section.ts';
import { SERVICE_ENTRIES, SERVICES, serviceOf } from './service-entries.ts';

const PODS = 10_000;
const TURNS = 45;
const VARIANT = { sslDir: '/ssl', filesDir: '/files', params: {} };

const basic = (): string => {
  const url = new URL('../../../examples/basic/config.yaml', import.meta.url);
  return (parse(readFileSync(url, 'utf8')) as { data: { template: string } }).data.template;
};

const MACROS = `{% macro server(pod, port) %}server {{pod.metadata.name}} {{pod.status.podIP}}:{{port}} check{% endmacro %}
{%- for service in services %}
backend {{service.name}}
{%- for pod in service.pods.values() %}
    {{server(pod, 8080)}}
{%- endfor %}
{%- endfor %}
`;

const TEMPLATES: ReadonlyArray<readonly [what: string, template: string]> = [
  ['examples/basic', basic()],
  ['a macro for each pod', MACROS],
];

function snapshotOf(template: string): Snapshot {
  const inventory = createInventory('lb');
  const pods = Array.from({ length: PODS }, (_, i) => {
    const app = serviceOf(i);
    const ip = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    return pod({ name: `${app}-${Math.floor(i / SERVICES)}`, ip, labels: { app } });
  });
  const changes = [configMap('config', { template }), configMap('services', SERVICE_ENTRIES)];
  return inventory.update({
    changes: [...changes, ...pods].map(put),
    certificates: [],
    unread: [],
  }).snapshot;
}

const engineOf = (): RenderEngine =>
  createRenderEngine({ namespace: 'lb', dialect: 'jinja2', env: {}, statisticsPassword: 'x' });

/** Processor time, in milliseconds: it is the same beside whatever else the machine does. */
function time(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The median of each act, warm. */
function inTurns(acts: readonly (() => number)[]): readonly number[] {
  const turns = Array.from({ length: TURNS }, () => acts.map((act) => act())).slice(TURNS / 3);
  return acts.map((_, i) =>
    quantile(
      turns.map((turn) => turn[i] ?? Number.NaN),
      0.5,
    ),
  );
}

function row(what: string, template: string): readonly (string | number)[] {
  const snapshot = snapshotOf(template);
  const known = engineOf();
  const explain = (of: Snapshot, question: ExplainQuestion) =>
    known.explain(of, VARIANT, { question });
  // Another snapshot of the same objects: nothing that was told of the last one holds for it.
  const anew = (question: ExplainQuestion) => time(() => explain({ ...snapshot }, question));
  const line5000 = { file: 'haproxy.cfg', lines: { from: 5000, to: 5000 } };
  const acts = {
    // Nothing is kept of an engine's first render, and its templates are compiled already.
    render() {
      const engine = engineOf();
      engine.render({ ...snapshot, services: [] }, VARIANT);
      return time(() => engine.render(snapshot, VARIANT));
    },
    again: () => time(() => known.render(snapshot, VARIANT)),
    // About no line that there is, so that nothing but the trace is to be paid for.
    trace: () => anew({ file: 'haproxy.cfg', lines: { from: 1e9 } }),
    one: () => anew(line5000),
    next() {
      explain(snapshot, line5000);
      return time(() => explain(snapshot, line5000));
    },
    all: () => anew({}),
  };
  // In turns, so that both sides of the comparison have the same machine; what leaves much garbage afterwards.
  const { one, next, all, ...compared } = acts;
  const timings = [compared, { one, next }, { all }].flatMap((some) =>
    inTurns(Object.values(some)),
  );
  const json = JSON.stringify(explain(snapshot, {}).explained?.files);
  const [render = 0, again = 0, trace = 0] = timings;
  return [
    what,
    ...timings.map((ms) => ms.toFixed(1)),
    ((trace - again) / render).toFixed(2),
    (json.length / 1e6).toFixed(1),
    (gzipSync(json).length / 1e6).toFixed(2),
  ];
}

/** Renders that are traced, beside those that are not. */
export default async function explain(): Promise<Section> {
  return {
    title: 'Where each line comes from',
    note: `Processor time in the renderer, in milliseconds, at ${PODS.toLocaleString('en')} pods in ${SERVICES.toLocaleString('en')} services, medians of warm rounds: a render of everything, and once more when nothing has changed; that with one that is traced; that with what one line comes from; what the next line comes from while nothing changes; that with what all come from; what tracing costs in renders of everything; and the answer about all lines as JSON, plain and gzipped, in MB.`,
    head: [
      'template',
      'render',
      'again',
      'traced',
      'one line',
      'next line',
      'all lines',
      'times',
      'MB',
      'MB gzipped',
    ],
    rows: TEMPLATES.map(([what, template]) => row(what, template)),
  };
}
