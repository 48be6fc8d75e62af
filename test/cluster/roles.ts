import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../k8s/kustomization.ts';
import { folder } from '../kit/folder.ts';
import { PROGRAMS } from '../kit/processes.ts';

/** What `kubernetes-haproxy rbac` prints for a ConfigMap `config`. */
export async function printRoles(
  data: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): Promise<readonly Manifest[]> {
  const from = await folder();
  const metadata = { name: 'config', namespace: 'lb' };
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  writeFileSync(join(from, 'config.json'), JSON.stringify(config));
  const child = spawn(process.execPath, [PROGRAMS.service, 'rbac', '--from', from, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString('utf8');
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`rbac ended with ${code}`);
  return parseAllDocuments(printed).map((document) => document.toJS() as Manifest);
}
