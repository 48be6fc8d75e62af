import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import type { Manifest } from '../../k8s/kustomization.ts';
import { folder } from '../../kit/folder.ts';
import { HAPROXY } from '../../kit/haproxy.ts';
import { freePort } from '../../kit/port.ts';
import { startReloader } from '../../kit/reloader.ts';
import { until } from '../../kit/until.ts';
import { apply } from '../apply.ts';
import { install } from '../installed.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { printRoles } from '../roles.ts';
import { startStandIn } from './stand-in.ts';

export const CLASS = 'gateway-conformance';
const CLASSES = '/apis/gateway.networking.k8s.io/v1/gatewayclasses';
const MAPS = '/api/v1/namespaces/lb/configmaps';

const manifestsIn = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Manifest);

/** All Gateways that the suite makes, at any time. */
function gatewaysOf(suite: string): readonly string[] {
  const files = readdirSync(join(suite, 'tests'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(suite, 'tests', name));
  const all = [join(suite, 'base/manifests.yaml'), ...files].flatMap(manifestsIn);
  const names = all
    .filter((manifest) => manifest?.kind === 'Gateway')
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return [...new Set(names)].sort();
}

/** The example as it is, but for where HAProxy listens: at the ports themselves, and an address for each Gateway. */
async function exampleFor(suite: string): Promise<Readonly<Record<string, string>>> {
  const text = readFileSync(resolve('examples/gateway/config.yaml'), 'utf8');
  const { data } = parse(text) as { data: Record<string, string> };
  const own = Object.fromEntries(gatewaysOf(suite).map((name, i) => [name, `127.0.5.${i + 1}`]));
  const places = [
    '{%- set binds = {} %}',
    `{%- set own = ${JSON.stringify(own)} %}`,
    '{%- set shared = ["127.0.5.254"] %}',
    '{%- set service = ("lb", "haproxy") %}',
  ].join('\n');
  const health = `bind 127.0.0.1:${await freePort()}`;
  return { ...data, places, template: (data.template ?? '').replace('bind :8404', health) };
}

/**
 * The service with the example on a real API server, HAProxy under its reloader, and what stands in for the rest of a
 * cluster. The stand-in is to be stopped before the test ends.
 */
export async function begin(t: TestContext, suite: string) {
  const { plane, caller, startReplica } = await install(t, 'renderer');
  for (const name of readdirSync(join(suite, 'crd')).filter((each) =>
    /^gateway\..*_[a-uw-z]/.test(each),
  ))
    await apply(caller, manifestsIn(join(suite, 'crd', name)));
  await until('the kinds are served', async () => {
    const [status, { resources }] = await caller.send('GET', '/apis/gateway.networking.k8s.io/v1');
    return status === 200 && JSON.stringify(resources).includes('"httproutes/status"');
  });
  const config = await exampleFor(suite);
  await apply(caller, await printRoles(config, '--write-status'));
  for (const [name, data] of Object.entries({ services: {}, certificates: {}, config }))
    await caller.expect('POST', MAPS, { body: { metadata: { name }, data } });
  const keys = { body: { metadata: { name: 'keys' } } };
  await caller.expect('POST', '/api/v1/namespaces/lb/secrets', keys);
  const gatewayClass = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: CLASS },
    spec: { controllerName: 'kubernetes-haproxy.internal/gateway' },
  };
  await apply(caller, [gatewayClass as Manifest]);
  const replica = await startReplica('--auth=none', `--check-with=${HAPROXY}`, '--write-status');
  await startReloader(t, { stateDir: await folder(), renderer: replica.url });
  const standIn = startStandIn({ caller, program: join(suite, 'echo-basic') });
  const kubeconfig = join(await folder(), 'config');
  writeFileSync(kubeconfig, writeKubeconfig(plane.server));
  await until('the class is accepted', async () => {
    const { status } = await caller.expect('GET', `${CLASSES}/${CLASS}`);
    return JSON.stringify(status).includes('"supportedFeatures"');
  });
  return { kubeconfig, replica, standIn };
}
