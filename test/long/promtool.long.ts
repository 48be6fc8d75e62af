import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { EXPRESSIONS, GROUPS, measured, RULES } from '../k8s/monitored.ts';
import { folder } from '../kit/folder.ts';

const PROMTOOL = execFileSync('sh', ['test/fetch-promtool.sh'], { encoding: 'utf8' }).trim();

/** Trouble, as what is measured once a minute shows it for a day: promtool's notation of series. */
const TROUBLE: Readonly<Record<string, readonly string[]>> = {
  NoRenderer: ['up 1x1500'],
  NotReady: [
    'kubernetes_haproxy_ready{pod="a"} 0x1500',
    'kubernetes_haproxy_ready{pod="b"} 0x1500',
  ],
  SourceStale: ['kubernetes_haproxy_source_stale{collection="pods/shop"} 1x1500'],
  BundleFailing: ['kubernetes_haproxy_bundle_failing{variant="x"} 1x1500'],
  EntryHeldBack: ['kubernetes_haproxy_intent_held_back{unit="services/x"} 1x1500'],
  IntentRefused: ['kubernetes_haproxy_intent_info{state="none good"} 1x1500'],
  IntentUnjudged: ['kubernetes_haproxy_intent_fault 1x1500'],
  IntentUnchecked: ['kubernetes_haproxy_intent_unchecked 1x1500'],
  RolloutHalted: ['kubernetes_haproxy_intent_info{state="halted"} 1x1500'],
  FleetHeld: ['kubernetes_haproxy_intent_info{state="paused"} 1x1500'],
  MassLoss: ['kubernetes_haproxy_mass_loss 1x1500'],
  CertificateExpires: [
    'kubernetes_haproxy_certificate_expiry_seconds{certificate="x"} 864000-60x1500',
  ],
  CertificateEnds: ['kubernetes_haproxy_certificate_expiry_seconds{certificate="x"} 86400-60x1500'],
  RenderSlow: [
    'kubernetes_haproxy_render_seconds_bucket{le="2.5"} 0x1500',
    'kubernetes_haproxy_render_seconds_bucket{le="5"} 0+9x1500',
    'kubernetes_haproxy_render_seconds_bucket{le="+Inf"} 0+9x1500',
  ],
  ProxyNotReady: ['haproxy_reloader_ready{namespace="lb",pod="a"} 0x1500'],
  ProxyRefuses: ['haproxy_reloader_refused_releases{namespace="lb",pod="a"} 1x1500'],
  ProxyLags: [
    'haproxy_reloader_in_sync{namespace="lb",pod="a"} 0x1500',
    'haproxy_reloader_refused_releases{namespace="lb",pod="a"} 0x1500',
  ],
  RendererUnreachable: ['haproxy_reloader_renderer_reachable{namespace="lb",pod="a"} 0x1500'],
  ReloadTakenBack: ['haproxy_reloader_rollbacks_total{namespace="lb",pod="a"} 0+1x1500'],
  Drift: ['haproxy_reloader_drift{namespace="lb",pod="a"} 1x1500'],
  ReloadsOften: ['haproxy_reloader_reloads_total{namespace="lb",pod="a",cause="plan"} 0+2x1500'],
  OldWorkers: ['haproxy_reloader_old_workers{namespace="lb",pod="a"} 6x1500'],
};

/** What the same say while all is well. */
const WELL = [
  ...['ready{pod="a"} 0x1500', 'ready{pod="b"} 1x1500', 'mass_loss 0x1500', 'intent_fault 0x1500'],
  ...['source_stale{collection="pods/shop"} 0x1500', 'bundle_failing{variant="x"} 0x1500'],
  ...['intent_held_back{unit="services/x"} 0x1500', 'intent_info{state="good"} 1x1500'],
  ...['intent_unchecked 0x1500', 'certificate_expiry_seconds{certificate="x"} 2592000-60x1500'],
  ...['render_seconds_bucket{le="2"} 0+9x1500', 'render_seconds_bucket{le="+Inf"} 0+9x1500'],
]
  .map((series) => `kubernetes_haproxy_${series}`)
  .concat(
    [
      ...['ready 1', 'refused_releases 0', 'in_sync 1', 'renderer_reachable 1'],
      ...['rollbacks_total 7', 'drift 0', 'old_workers 1', 'reloads_total 0+1'],
    ].map((text) => `haproxy_reloader_${text.replace(' ', '{namespace="lb",pod="a"} ')}x1500`),
  );

const firing = (name: string) =>
  `count(ALERTS{alertname="KubernetesHaproxy${name}", alertstate="firing"})`;

const seriesOf = (all: readonly string[]) =>
  all.map((text) => {
    const space = text.lastIndexOf(' ');
    return { series: text.slice(0, space), values: text.slice(space + 1) };
  });

test('promtool finds nothing in the metrics', async (t) => {
  execFileSync(PROMTOOL, ['check', 'metrics'], { input: await measured(t) });
});

test('promtool takes the rules, and what the panels ask', async () => {
  const file = join(await folder(), 'rules.yaml');
  const read = EXPRESSIONS.map((expr, i) => ({ record: `of_panel_${i}`, expr }));
  const groups = [...GROUPS, { name: 'dashboard', rules: read }];
  writeFileSync(file, stringify({ groups }));
  execFileSync(PROMTOOL, ['check', 'rules', file]);
});

test('each alert fires in its trouble, and none while all is well', async () => {
  const home = await folder();
  writeFileSync(join(home, 'rules.yaml'), stringify({ groups: GROUPS }));
  const names = RULES.map(({ alert }) => alert.replace('KubernetesHaproxy', ''));
  assert.deepEqual(Object.keys(TROUBLE), names);
  const one = [{ labels: '{}', value: 1 }];
  const expect = (name: string, samples: readonly object[]) => ({
    expr: firing(name),
    eval_time: '24h30m',
    exp_samples: samples,
  });
  const tests = Object.entries(TROUBLE).map(([name, series]) => ({
    interval: '1m',
    input_series: seriesOf(series),
    promql_expr_test: [expect(name, one)],
  }));
  const well = {
    interval: '1m',
    input_series: seriesOf(WELL),
    promql_expr_test: names.map((name) => expect(name, [])),
  };
  const file = join(home, 'tests.yaml');
  writeFileSync(file, stringify({ rule_files: ['rules.yaml'], tests: [...tests, well] }));
  execFileSync(PROMTOOL, ['test', 'rules', file], { cwd: home });
});
