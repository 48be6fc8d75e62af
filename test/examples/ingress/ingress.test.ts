import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createH2cServer, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { makeCertificate } from '../../kit/certificate.ts';
import { startPod } from '../backends.ts';
import { readExample } from '../example.ts';
import { literals, readTable } from '../tables.ts';
import { type Case, startWorld } from '../world.ts';
import { ANNOTATIONS } from './annotations.ts';
import { CONTROLLER, textsOf } from './cluster.ts';
import { ingress, ingressClass, type Path, whole } from './objects.ts';
import { RULES } from './rules.ts';

const TARGETS = ['one', 'two', 'three'] as const;
const PATH = /(Prefix|Exact|ImplementationSpecific) `([^`]*)`/g;

/** A row of the table of paths, at a host of its own. */
function pathCase([paths = '', requests, answer = '']: readonly string[], i: number): Case {
  const host = `paths-${i}.test`;
  const all = [...paths.matchAll(PATH)];
  const made = all.map(([, pathType, path], k): Path => {
    const to = TARGETS[k] as string;
    return { path: path as string, pathType: pathType as string, to };
  });
  const at = all.findIndex(([text]) => text === answer);
  const expected = answer === 'default backend' ? 'all' : TARGETS[at];
  return {
    objects: [ingress({ name: `paths-${i}`, rules: { [host]: made } })],
    async check({ whoIs }) {
      assert.ok(made.length > 0 && literals(requests).length > 0);
      for (const path of literals(requests)) assert.equal(await whoIs(host, path), expected, path);
    },
  };
}

/** A row of the table of hosts, in a domain of its own. */
function hostCase([hosts, requests, answer = '']: readonly string[], i: number): Case {
  const own = (text: string) => text.replace('foo.com', `foo-${i}.com`);
  const all = literals(hosts);
  const expected =
    answer === 'default backend' ? 'all' : TARGETS[all.indexOf(literals(answer)[0] ?? '')];
  return {
    objects: all.map((host, k) =>
      ingress({ name: `hosts-${i}-${k}`, rules: whole(own(host), TARGETS[k] as string) }),
    ),
    async check({ whoIs }) {
      assert.ok(all.length > 0 && literals(requests).length > 0);
      for (const host of literals(requests)) assert.equal(await whoIs(own(host)), expected, host);
    },
  };
}

/** An annotation without which what is served would be less safe. */
const refused = (name: string): Case => ({
  objects: [
    ingress({
      name: `refused-${name}`,
      annotations: { [name]: 'true' },
      rules: {
        [`${name}.refused.test`]: [
          { path: '/', pathType: 'Exact', to: 'one' },
          { path: '/a', to: 'two' },
        ],
      },
    }),
  ],
  async check({ whoIs }) {
    assert.equal(await whoIs(`${name}.refused.test`), 'status 503');
    assert.equal(await whoIs(`${name}.refused.test`, '/a/b'), 'status 503');
  },
});

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A pod that speaks what its name says; `silent` takes requests and says nothing. */
async function startAny(t: TestContext, pod: string): Promise<number> {
  const [protocol] = pod.split('-');
  const answer = (_: unknown, response: { end(text: string): unknown }) =>
    void response.end(JSON.stringify({ pod }));
  if (protocol === 'silent') return startPod(t, pod, () => {});
  if (protocol === 'grpc') return listen(t, createH2cServer(answer));
  if (protocol !== 'https' && protocol !== 'grpcs') return startPod(t, pod);
  const { certificatePem: cert, keyPem: key } = await makeCertificate({ names: ['pod.test'] });
  if (protocol === 'grpcs') return listen(t, createSecureServer({ cert, key }, answer));
  return listen(t, createHttpsServer({ cert, key }, answer));
}

const rowsOf = (title: string) => readTable('ingress', title).map(([first = '']) => first);
const annotationRows = rowsOf('annotation').map((cell) => literals(cell)[0] ?? '');
const refusedNames = annotationRows.filter((name) => !Object.hasOwn(ANNOTATIONS, name));
/** Those that need a cluster of their own. */
const APART = [
  'without a default backend',
  'without a default class, an Ingress without a class is not served',
];

const table = (title: string, caseOf: (row: readonly string[], i: number) => Case) =>
  readTable('ingress', title).map((row, i) => [row.join(' | '), caseOf(row, i)] as const);
const CASES: ReadonlyArray<readonly [string, Case]> = [
  ...table('paths', pathCase),
  ...table('hosts', hostCase),
  ...Object.entries(RULES),
  ...Object.entries(ANNOTATIONS),
  ...refusedNames.map((name) => [name, refused(name)] as const),
];

test('ingress serves what its README says', async (t) => {
  const all = ingress({ name: 'all', defaultBackend: 'all' });
  const objects = [all, ...CASES.flatMap(([, { objects = [] }]) => objects)];
  const world = await startWorld(t, textsOf(objects), (context, pod) => startAny(context, pod));
  await Promise.all(CASES.map(([name, { check }]) => t.test(name, () => check(world))));
});

test('ingress without a default backend and a default class', async (t) => {
  const classes = [
    ingressClass('haproxy', CONTROLLER),
    ingressClass('other', 'example.com/other', true),
  ];
  const objects = [
    ingress({ name: 'classless', className: null, rules: whole('classless.test', 'one') }),
    ingress({ name: 'classed', rules: { 'classed.test': [{ path: '/a', to: 'one' }] } }),
  ];
  const { whoIs } = await startWorld(t, textsOf(objects, classes));
  assert.equal(await whoIs('classless.test'), 'status 404');
  assert.equal(await whoIs('classed.test', '/a'), 'one');
  assert.equal(await whoIs('classed.test', '/b'), 'status 404');
});

test('each rule and annotation of the README has a test, and each is read', () => {
  assert.deepEqual(rowsOf('rule').sort(), [...Object.keys(RULES), ...APART].sort());
  assert.ok(readTable('ingress', 'paths').length > 20 && readTable('ingress', 'hosts').length > 5);
  const { data } = parse(
    readExample('ingress').find(({ origin }) => origin === 'config.yaml')?.text ?? '',
  );
  const { ingresses } = parse(data['inputs.yaml']) as { ingresses: { fields: string[] } };
  const read = ingresses.fields.flatMap((field) => /nginx[^/]*\/([^"]+)/.exec(field)?.[1] ?? []);
  assert.deepEqual(read, [...annotationRows].sort());
});
