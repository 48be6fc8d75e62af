import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { SETTINGS } from '../../functions/setting-table.ts';
import { HELP } from '../../reloader/settings.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { buildKustomization, type Manifest, nameManifest } from './kustomization.ts';

const ROOT = resolve('k8s');
const FOLDERS = readdirSync(ROOT)
  .filter((name) => existsSync(join(ROOT, name, 'kustomization.yaml')))
  .sort();
const require = createRequire(import.meta.url);

const unique = (manifests: readonly Manifest[]) =>
  [...new Map(manifests.map((manifest) => [nameManifest(manifest), manifest])).values()].sort(
    (a, b) => (nameManifest(a) < nameManifest(b) ? -1 : 1),
  );
const build = (name: string) => buildKustomization(join(ROOT, name));
const ALL = unique(FOLDERS.flatMap(build));
/** But for those of the Prometheus operator. */
const KNOWN = ALL.filter(({ apiVersion }) => !apiVersion.startsWith('monitoring.coreos.com/'));

test('every folder builds, each object once, and as kubectl builds it where there is one', () => {
  const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
  for (const name of FOLDERS) {
    const built = build(name);
    assert.equal(unique(built).length, built.length, `${name} has an object twice`);
    if (!hasKubectl) continue;
    const text = execFileSync('kubectl', ['kustomize', join(ROOT, name)], { encoding: 'utf8' });
    const theirs = parseAllDocuments(text).map((document): Manifest => document.toJS());
    assert.deepEqual(unique(built), unique(theirs), name);
  }
});

test('the chart has all folders, and the version of the package', () => {
  assert.deepEqual(readdirSync(join(ROOT, 'helm', 'files')).sort(), FOLDERS);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const chart = parse(readFileSync(join(ROOT, 'helm', 'Chart.yaml'), 'utf8'));
  assert.deepEqual([chart.version, chart.appVersion], [version, version]);
  const values = readFileSync(join(ROOT, 'helm', 'values.yaml'), 'utf8');
  const images = [...values.matchAll(/image: (\S+)/g)].map(([, image = '']) => image);
  const named = JSON.stringify(ALL);
  for (const image of images) assert.ok(named.includes(`"image":"${image}"`), image);
});

interface Model {
  new (data: unknown): { validate(): void };
}

test('every object satisfies the schema of the Kubernetes API', () => {
  for (const manifest of KNOWN) {
    const model: Model = require(`kubernetes-models/${manifest.apiVersion}`)[manifest.kind];
    assert.doesNotThrow(() => new model(manifest).validate(), nameManifest(manifest));
  }
});

test('no object has a field that the Kubernetes API does not know', async () => {
  const path = await folder();
  symlinkSync(resolve('node_modules'), join(path, 'node_modules'));
  const lines = KNOWN.map(
    ({ apiVersion, kind }, i) =>
      `import type { I${kind} as T${i} } from 'kubernetes-models/${apiVersion}/${kind}';\n` +
      `export const m${i}: T${i} = ${JSON.stringify(KNOWN[i])};\n`,
  );
  writeFileSync(join(path, 'manifests.ts'), lines.join(''));
  const compilerOptions = {
    ...{ noEmit: true, strict: true, skipLibCheck: true, target: 'es2023', types: [] },
    ...{ module: 'preserve', moduleResolution: 'bundler' },
  };
  writeFileSync(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const tsc = resolve('node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(tsc, ['--project', path], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly env?: readonly { name: string }[];
  readonly envFrom?: unknown;
  readonly ports?: readonly { name: string; hostPort?: number }[];
  readonly securityContext?: Record<string, unknown>;
  readonly volumeMounts?: readonly { name: string }[];
  readonly resources?: { limits?: { memory?: string }; requests?: Record<string, string> };
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly { name: string }[];
  readonly securityContext: Record<string, unknown>;
}

const WORKLOADS = ALL.filter(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet');
const specOf = (manifest: Manifest): PodSpec =>
  (manifest.spec as { template: { spec: PodSpec } }).template.spec;
const containersOf = (spec: PodSpec) => [...(spec.initContainers ?? []), ...spec.containers];

test('no container has a privilege, a writable root, or more memory than it says', () => {
  assert.equal(WORKLOADS.length, 3);
  for (const manifest of WORKLOADS) {
    const spec = specOf(manifest);
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.deepEqual(spec.securityContext.seccompProfile, { type: 'RuntimeDefault' });
    for (const { name, securityContext, resources } of containersOf(spec)) {
      const where = `${nameManifest(manifest)} ${name}`;
      assert.deepEqual(
        securityContext,
        {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        where,
      );
      assert.ok(resources?.limits?.memory && resources.requests?.cpu, where);
    }
  }
});

test('what is mounted is there, and the HAProxy pods never see the key of the renderer', () => {
  for (const manifest of WORKLOADS) {
    const spec = specOf(manifest);
    const volumes = spec.volumes.map(({ name }) => name).sort();
    const mounted = containersOf(spec).flatMap((c) =>
      (c.volumeMounts ?? []).map(({ name }) => name),
    );
    assert.deepEqual([...new Set(mounted)].sort(), volumes, nameManifest(manifest));
    if (manifest.metadata.name === 'haproxy')
      assert.ok(!JSON.stringify(spec.volumes).includes('tls.key'));
  }
});

test('the two ways to run HAProxy differ in nothing but ports of the host and spread', () => {
  const [first, second] = ['daemonset', 'deployment'].map((name) => {
    const workload = build(name).find(
      ({ kind, metadata }) => /Set$|ment$/.test(kind) && metadata.name === 'haproxy',
    );
    assert.ok(workload);
    const { topologySpreadConstraints: _, ...spec } = JSON.parse(JSON.stringify(specOf(workload)));
    for (const container of containersOf(spec))
      for (const port of container.ports ?? []) delete (port as { hostPort?: number }).hostPort;
    return spec;
  });
  assert.deepEqual(first, second);
});

test('the reloader is started as its image has it, with settings that it knows', () => {
  for (const manifest of WORKLOADS.filter(({ metadata }) => metadata.name === 'haproxy'))
    for (const { command, env = [] } of specOf(manifest).initContainers ?? []) {
      assert.equal(command, undefined);
      for (const { name } of env) assert.ok(HELP.includes(` ${name}: `), name);
    }
});

test('every setting of the renderer is one that the service knows', () => {
  const known = new Set(Object.values(SETTINGS).map(({ variable }) => variable as string));
  const renderer = ALL.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'renderer',
  );
  assert.ok(renderer);
  for (const { env = [] } of specOf(renderer).containers)
    for (const { name } of env) assert.ok(known.has(name), name);
  const more = ALL.find(({ metadata }) => metadata.name === 'renderer-settings');
  for (const name of Object.keys((more?.data ?? {}) as object)) assert.ok(known.has(name), name);
});

test('the configuration to start from is one that HAProxy takes', () => {
  const args = [PROGRAMS.service, 'render', '--from', join(ROOT, 'config'), '--check'];
  const env = { ...process.env, HAPROXY, STATISTICS_PASSWORD: 'test' };
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  assert.equal(status, 0, stderr);
});
