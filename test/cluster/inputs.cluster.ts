import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MERGE_PATCH } from '../apiserver/contract/subject.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import type { ServiceProcess } from '../kit/service.ts';
import { TEMPLATE_HEAD } from '../kit/template-head.ts';
import { until } from '../kit/until.ts';
import { apply } from './apply.ts';
import { install } from './installed.ts';
import { printRoles } from './roles.ts';

const MAPS = '/api/v1/namespaces/lb/configmaps';
const ROUTES = '/apis/networking.k8s.io/v1/namespaces/shop/ingresses';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/example.com/v1/namespaces/shop/widgets';

const INPUTS = `routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, namespaces: [shop], fields: [spec]}
slices:
  apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  namespaces: [shop]
  fields: ['metadata.labels["kubernetes.io/service-name"]', endpoints, ports]
widgets: {apiVersion: example.com/v1, kind: Widget, namespaces: [shop], optional: true}
`;
const TEMPLATE = `${TEMPLATE_HEAD}\
{%- for route in inputs.routes %}
{%- for path in route.spec.rules[0].http.paths %}
  use_backend {{ path.backend.service.name }} if { path_reg {{ path.path|words }} }
{%- endfor %}
{%- endfor %}
{%- for slice in inputs.slices %}
backend {{ slice.metadata.labels["kubernetes.io/service-name"] }}
{%- for endpoint in slice.endpoints %}
  server s{{ loop.index }} {{ endpoint.addresses[0] }}:{{ slice.ports[0].port }}
{%- endfor %}
{%- endfor %}
{%- for widget in inputs.widgets %}
# widget {{ widget.metadata.name }} {{ widget.size }}
{%- endfor %}
`;
const CONFIG = { template: TEMPLATE, 'inputs.yaml': INPUTS };
/** No regular expression: HAProxy refuses it. */
const BAD = '/(a';

const route = (name: string, path: string) => {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const paths = [{ path, pathType: 'ImplementationSpecific', backend }];
  return { metadata: { name }, spec: { rules: [{ host: `${name}.example`, http: { paths } }] } };
};
const slice = (...addresses: readonly string[]) => ({
  metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  endpoints: addresses.map((address) => ({ addresses: [address] })),
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});
const definition = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' } } },
        },
      },
    ],
  },
};

async function begin(t: TestContext) {
  const { caller, startReplica } = await install(t, 'renderer', 'namespace-pods');
  await caller.expect('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  for (const [name, data] of [
    ['services', {}],
    ['certificates', {}],
    ['config', CONFIG],
  ] as const)
    await caller.expect('POST', MAPS, { body: { metadata: { name }, data } });
  const keys = { body: { metadata: { name: 'keys' } } };
  await caller.expect('POST', '/api/v1/namespaces/lb/secrets', keys);
  await caller.expect('POST', ROUTES, { body: route('a', '/a') });
  await caller.expect('POST', SLICES, { body: slice('10.0.0.1') });
  const start = () => startReplica('--auth=none', `--check-with=${HAPROXY}`);
  const patch = (path: string, body: object) =>
    caller.expect('PATCH', path, { body, contentType: MERGE_PATCH });
  return { caller, start, patch };
}

interface Status {
  readonly sources: readonly {
    readonly collection: string;
    readonly stale?: { readonly hint: string };
  }[];
  readonly intent: { readonly held: readonly { readonly unit: string; readonly serves: string }[] };
}

const statusOf = async ({ url }: ServiceProcess) =>
  (await (await fetch(`${url}/status`)).json()) as Status;
const textOf = async ({ url }: ServiceProcess) => (await fetch(`${url}/haproxy.cfg`)).text();
const shows = (replica: ServiceProcess, what: RegExp) =>
  until(`it shows ${what}`, async () => what.test(await textOf(replica)));

test('rights that inputs lack are told with their rule, and those that are printed are enough', async (t) => {
  const { caller, start, patch } = await begin(t);
  const replica = await start();
  for (const [group, resource] of [
    ['networking.k8s.io', 'ingresses'],
    ['discovery.k8s.io', 'endpointslices'],
  ])
    await until(`the rule for ${resource} is told`, async () => {
      const { sources } = await statusOf(replica);
      const rule = `Grant the rule {apiGroups: [${group}], resources: [${resource}], verbs: [list, watch]} with a Role in namespace shop and`;
      return sources.some(({ stale }) => stale?.hint.startsWith(rule));
    });
  assert.notEqual((await fetch(`${replica.url}/readyz`)).status, 200);
  await apply(caller, await printRoles(CONFIG));
  await shows(replica, /path_reg \/a }/);
  await shows(replica, /server s1 10\.0\.0\.1:8080/);
  await patch(`${SLICES}/web-1`, slice('10.0.0.2', '10.0.0.3'));
  await shows(replica, /server s1 10\.0\.0\.2:8080\n {2}server s2 10\.0\.0\.3:8080/);
});

test('a kind that is installed later is there by itself, and goes with its definition', async (t) => {
  const { caller, start, patch } = await begin(t);
  await apply(caller, await printRoles(CONFIG));
  const replica = await start();
  await shows(replica, /path_reg \/a }/);
  assert.doesNotMatch(await textOf(replica), /widget/);
  await caller.expect('POST', DEFINITIONS, { body: definition });
  const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, size: 1 };
  await until('the kind is served', async () => {
    const [status] = await caller.send('POST', WIDGETS, { body: widget });
    return status === 201;
  });
  await shows(replica, /# widget w 1/);
  await patch(`${WIDGETS}/w`, { size: 2 });
  await shows(replica, /# widget w 2/);
  await caller.expect('DELETE', `${DEFINITIONS}/widgets.example.com`);
  await until('its objects are gone', async () => !/widget/.test(await textOf(replica)));
  await patch(`${SLICES}/web-1`, slice('10.0.0.9'));
  await shows(replica, /10\.0\.0\.9/);
});

test('a bad object costs itself alone, at all replicas, whenever they start', async (t) => {
  const { caller, start, patch } = await begin(t);
  await apply(caller, await printRoles(CONFIG));
  const first = await start();
  await shows(first, /path_reg \/a }/);
  await caller.expect('POST', ROUTES, { body: route('b', '/b') });
  await shows(first, /path_reg \/b }/);
  await patch(`${ROUTES}/a`, route('a', BAD));
  await patch(`${ROUTES}/b`, route('b', '/b2'));
  await shows(first, /path_reg \/a }[\s\S]*path_reg \/b2 }/);
  const isHeld = async (replica: ServiceProcess) => {
    const { held } = (await statusOf(replica)).intent;
    return (
      held.map(({ unit, serves }) => `${unit} ${serves}`).join() ===
      'ingress.networking.k8s.io/shop/a last good'
    );
  };
  await until('it is held back', () => isHeld(first));
  first.child.kill('SIGKILL');
  const second = await start();
  await shows(second, /path_reg \/a }[\s\S]*path_reg \/b2 }/);
  await until('the other one holds it back, too', () => isHeld(second));
  await patch(`${SLICES}/web-1`, slice('10.0.0.7'));
  await shows(second, /10\.0\.0\.7/);
  await patch(`${ROUTES}/a`, route('a', '/a3'));
  await shows(second, /path_reg \/a3 }/);
});
