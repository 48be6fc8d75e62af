import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { DASHBOARD, EXPRESSIONS, measured, RULES } from './monitored.ts';

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

const RUNBOOK = readFileSync(resolve('docs/operations.md'), 'utf8');

function readMetrics(text: string): readonly Metric[] {
  const helps = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, n, h]) => [n, h]));
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
    help: helps.get(name) ?? '',
  }));
}

/** Names that PromQL may read of a metric. */
const readable = ({ name, type }: Metric): readonly string[] =>
  type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];

/** What is wrong with a metric, by the conventions that `promtool check metrics` holds to. */
function lint({ name, type, help }: Metric): readonly string[] {
  const words = name.split('_');
  return [
    [help === '', 'no help text'],
    [type === 'counter' && !name.endsWith('_total'), 'a counter without _total'],
    [type !== 'counter' && name.endsWith('_total'), '_total, and no counter'],
    [/_(?:count|sum|bucket|info)$/.test(name) && type !== 'gauge', 'a reserved ending'],
    [/_(?:count|sum|bucket)$/.test(name), 'the ending of a part of a histogram'],
    [words.some((word) => /^(?:gauge|counter|histogram|summary)s?$/.test(word)), 'its type'],
    [/[A-Z:]/.test(name), 'letters that are not small'],
    [
      words.some((word) =>
        /^(?:ms|us|ns|s|sec|secs|min|mins|kb|mb|gb|pct|hrs?|millis)$/.test(word),
      ),
      'an abbreviated unit',
    ],
    [
      words.some((word) =>
        /^(?:milliseconds|microseconds|nanoseconds|minutes|hours|days|kilobytes|megabytes|gigabytes|bits|percent)$/.test(
          word,
        ),
      ),
      'a unit that is no base unit',
    ],
    [
      words.some((word) => /^(?:seconds|bytes)$/.test(word)) &&
        !/_(?:seconds|bytes)(?:_total)?$/.test(name),
      'a unit that is not at the end',
    ],
  ].flatMap(([isWrong, what]) => (isWrong ? [`${name}: ${what}`] : []));
}

test('names and units are as the conventions of Prometheus want them', async (t) => {
  const text = await measured(t);
  const own = readMetrics(text).filter(({ name }) => !/^nodejs_/.test(name));
  assert.ok(own.length > 40);
  assert.deepEqual(own.flatMap(lint), []);
});

test('every metric of the alerts and of the dashboard is one that is measured', async (t) => {
  const known = new Set(readMetrics(await measured(t)).flatMap(readable));
  const names = EXPRESSIONS.flatMap((expr) => [
    ...expr.matchAll(/\b(?:kubernetes_haproxy|haproxy_reloader|process|nodejs)_\w+/g),
  ]);
  assert.ok(names.length > 40);
  for (const [name] of names) assert.ok(known.has(name), name);
  // Nothing is read of anything else, but for the operator's own labels.
  for (const expr of EXPRESSIONS)
    assert.match(expr, /(?:kubernetes_haproxy|haproxy_reloader|process|nodejs)_/);
});

test('every alert has its section in the runbook, and every section its alert', () => {
  const anchor = (heading: string) => `docs/operations.md#${heading.toLowerCase()}`;
  const sections = [...RUNBOOK.matchAll(/^### (KubernetesHaproxy\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(
    sections,
    RULES.map(({ alert }) => alert),
  );
  for (const { alert, annotations, labels } of RULES) {
    assert.equal(annotations.runbook, anchor(alert));
    assert.match(labels.severity, /^(?:critical|warning|info)$/);
  }
});

test('the panels of the dashboard have places of their own', () => {
  const { panels } = DASHBOARD;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    assert.ok(x + w <= 24);
    return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
  });
  assert.equal(new Set(cells).size, cells.length);
});
