import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { DONE_ANYWAY, KEPT_OUT, SERVED } from '../../functions/command/convert/ingress-nginx.ts';
import { folder } from '../kit/folder.ts';
import { PROGRAMS } from '../kit/processes.ts';

async function run(args: readonly string[], stdin = '') {
  const child = spawn(process.execPath, [PROGRAMS.service, ...args], {
    env: { PATH: process.env.PATH, STATISTICS_PASSWORD: 'x' },
  });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk.toString()));
  child.stdin.end(stdin);
  const [status] = await once(child, 'close');
  return { status, stdout: stdout.join(''), stderr: stderr.join('') };
}

const ingress = (name: string, annotations: object, className?: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'shop', annotations, resourceVersion: '7' },
  spec: {
    ...(className !== undefined && { ingressClassName: className }),
    rules: [
      {
        host: `${name}.example.com`,
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: 'web', port: { number: 80 } } },
            },
          ],
        },
      },
    ],
  },
});
const ingressClass = (name: string, controller: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name },
  spec: { controller },
});
const BACKEND = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ports: [{ name: 'http', port: 80 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
  },
];
const listOf = (...items: readonly object[]) => JSON.stringify({ kind: 'List', items });
const lines = (text: string) => text.split('\n').map((line) => line.split(/ {2,}/));

test('what is said of annotations of ingress-nginx is what the template does with them', () => {
  const page = readFileSync(resolve('examples/ingress/README.md'), 'utf8');
  const names = (from: string, to: string) => {
    const part = page.slice(page.indexOf(from), page.indexOf(to));
    return [...part.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name).sort();
  };
  const refusals = '**Not served, and refused.**';
  assert.deepEqual(names('## Annotations of ingress-nginx', refusals), [...SERVED].sort());
  const without = '**Not served, and without effect.**';
  assert.deepEqual(names(refusals, without), Object.keys(KEPT_OUT).sort());
  const rest = page.slice(page.indexOf(without));
  for (const name of Object.keys(DONE_ANYWAY)) assert.ok(rest.includes(`\`${name}\``), name);
});

test('a dump of ingress-nginx gives what serves its Ingresses, and says what becomes of each annotation', async () => {
  const nginx = (name: string) => `nginx.ingress.kubernetes.io/${name}`;
  const dump = listOf(
    ingressClass('edge', 'k8s.io/ingress-nginx'),
    ingress('plain', { [nginx('ssl-redirect')]: 'false', 'cert-manager.io/issuer': 'a' }, 'edge'),
    ingress('old', { 'kubernetes.io/ingress.class': 'nginx', [nginx('proxy-buffering')]: 'off' }),
    ingress(
      'odd',
      {
        [nginx('auth-url')]: 'http://auth',
        [nginx('load-balance')]: 'sticky',
        [nginx('made-up')]: 'x',
      },
      'nginx',
    ),
    ingress('other', {}, 'traefik'),
  );
  const { status, stdout, stderr } = await run(['convert', 'ingress-nginx'], dump);
  assert.equal(status, 1, 'something is refused');
  const rows = lines(stderr);
  const fateOf = (annotation: string) => rows.find(([, name]) => name === annotation)?.slice(2);
  assert.deepEqual(fateOf(nginx('ssl-redirect'))?.[0], 'translated');
  assert.deepEqual(fateOf('cert-manager.io/issuer')?.[0], 'not needed');
  assert.deepEqual(fateOf(nginx('proxy-buffering'))?.[0], 'not needed');
  for (const name of ['auth-url', 'load-balance', 'made-up'])
    assert.equal(fateOf(nginx(name))?.[0], 'refused', name);
  assert.match(stderr, /shop\/other is of another controller/);
  assert.match(stderr, /3 Ingresses; annotations: 3 refused, 1 translated, 2 not needed\n$/);

  const from = await folder();
  await writeFile(join(from, 'converted.yaml'), stdout);
  await writeFile(join(from, 'dump.json'), dump);
  await writeFile(join(from, 'backend.json'), listOf(...BACKEND));
  const rendered = await run(['render', '--from', from, '--check']);
  assert.equal(rendered.status, 0, rendered.stderr);
  const backends = rendered.stdout.split('\n').filter((line) => line.startsWith('backend '));
  assert.ok(
    backends.some((line) => line.includes('web')),
    rendered.stdout,
  );
});

test('annotations of haproxy-ingress come under the names that the template knows', async () => {
  const own = (name: string) => `haproxy-ingress.github.io/${name}`;
  const dump = listOf(
    ingress(
      'a',
      {
        [own('timeout-server')]: '2m',
        [own('balance-algorithm')]: 'leastconn',
        [own('slots-min-free')]: '6',
      },
      'haproxy',
    ),
    ingress('b', { 'ingress.kubernetes.io/whitelist-source-range': '10.0.0.0/8' }, 'haproxy'),
  );
  const { status, stdout, stderr } = await run(
    ['convert', 'haproxy-ingress', '--namespace=edge'],
    dump,
  );
  assert.equal(status, 0, stderr);
  const objects = parseAllDocuments(stdout).map((document) => document.toJS());
  assert.deepEqual(
    objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
    ['ConfigMap edge/config', 'ConfigMap edge/services', 'Ingress shop/a', 'Ingress shop/b'],
  );
  const [, , a, b] = objects.map(({ metadata }) => metadata.annotations);
  assert.deepEqual(a, {
    [own('timeout-server')]: '2m',
    [own('balance-algorithm')]: 'leastconn',
    [own('slots-min-free')]: '6',
    'nginx.ingress.kubernetes.io/proxy-read-timeout': '120',
    'nginx.ingress.kubernetes.io/load-balance': 'ewma',
  });
  assert.equal(b['nginx.ingress.kubernetes.io/allowlist-source-range'], '10.0.0.0/8');
  assert.ok(!stdout.includes('resourceVersion'));
  const odd = listOf(
    ingress(
      'c',
      {
        [own('config-backend')]: 'x',
        [own('timeout-server')]: 'soon',
        [own('waf')]: 'modsecurity',
      },
      'haproxy',
    ),
  );
  const again = await run(['convert', 'haproxy-ingress'], odd);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /1 Ingresses; annotations: 3 refused, 0 translated, 0 not needed/);
});

test('another controller is none, and what cannot be read is said', async () => {
  const { status, stderr } = await run(['convert', 'traefik']);
  assert.equal(status, 2);
  assert.match(
    stderr,
    /usage: kubernetes-haproxy convert CONTROLLER[\s\S]*ingress-nginx, haproxy-ingress/,
  );
  const garbage = await run(['convert', 'ingress-nginx'], '{');
  assert.equal(garbage.status, 1);
  assert.match(garbage.stderr, /standard input/);
});
