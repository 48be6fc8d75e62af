import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { createStatus, formatMetrics } from '../../reloader/status.ts';
import { start } from '../functions/start.ts';
import { buildKustomization } from './kustomization.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const MANIFESTS = buildKustomization(resolve('k8s/monitoring'));
const of = (kind: string) =>
  MANIFESTS.find((manifest) => manifest.kind === kind) ?? assert.fail(kind);
export const GROUPS = (of('PrometheusRule').spec as { groups: { rules: readonly Rule[] }[] })
  .groups;
export const RULES = GROUPS.flatMap(({ rules }) => rules);
export const DASHBOARD = JSON.parse(
  (of('ConfigMap').data as Record<string, string>)['kubernetes-haproxy.json'] ?? '',
) as { readonly panels: readonly Panel[] };

/** What alerts and panels ask of Prometheus. */
export const EXPRESSIONS = [
  ...RULES.map(({ expr }) => expr),
  ...DASHBOARD.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
];

/** What the service and the reloader measure, as they tell it. */
export async function measured(t: TestContext): Promise<string> {
  const { ask, publisher } = await start(t);
  publisher.publish('global\n');
  return (await ask('/metrics')).text + formatMetrics(createStatus('neighbour'));
}
