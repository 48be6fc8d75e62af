import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { EXPRESSIONS, GROUPS, measured } from '../k8s/monitored.ts';
import { folder } from '../kit/folder.ts';

const PROMTOOL = execFileSync('sh', ['test/fetch-promtool.sh'], { encoding: 'utf8' }).trim();

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
