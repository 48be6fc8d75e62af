import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifests } from '../../../functions/core/manifests.ts';
import { createRenderEngine } from '../../../functions/core/render.ts';
import { renderRead } from '../../../functions/core/offline.ts';
import { literals, readTable } from '../tables.ts';
import { textsWith } from '../world.ts';
import {
  backends,
  gateway,
  gatewayClass,
  grant,
  type Json,
  listener,
  type RouteOptions,
  route,
} from './objects.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}
interface Status {
  readonly addresses?: ReadonlyArray<{ readonly type: string; readonly value: string }>;
  readonly conditions?: readonly Condition[];
  readonly listeners?: ReadonlyArray<{
    readonly name: string;
    readonly attachedRoutes: number;
    readonly supportedKinds: readonly Json[];
    readonly conditions: readonly Condition[];
  }>;
  readonly parents?: ReadonlyArray<{ readonly conditions: readonly Condition[] }>;
}

const CLASS = gatewayClass('haproxy', 'kubernetes-haproxy.internal/gateway');
const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'haproxy', namespace: 'lb' },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.com' }] } },
};
const BASE = [CLASS, SERVICE];

const SETTINGS = {
  namespace: 'lb',
  dialect: 'jinja2',
  env: {},
  statisticsPassword: 'x',
} as const;
const engine = createRenderEngine(SETTINGS);

function statusOf(objects: readonly object[], kind: string, name: string): Status {
  const texts = textsWith('gateway', objects);
  const manifests = texts.map(({ text, origin }) => readManifests(text, origin));
  const result = renderRead(manifests, {
    settings: SETTINGS,
    engine,
    variant: { sslDir: '/ssl', filesDir: '/files', params: {} },
    withStatuses: true,
  });
  assert.equal(result.kind, 'rendered', JSON.stringify(result.diagnostics));
  const { statuses = [] } = result as { statuses?: readonly { kind: string; name: string }[] };
  const found = statuses.find((one) => one.kind === kind && one.name === name);
  return (found as { status?: Status } | undefined)?.status ?? assert.fail(`${kind} ${name}`);
}

const shown = (conditions: readonly Condition[] = []): readonly string[] =>
  conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

type Case = () => readonly string[];

/** Of a Gateway with these listeners. */
const ofGateway =
  (listeners: readonly Json[], others: readonly object[] = [SERVICE]): Case =>
  () =>
    shown(
      statusOf([CLASS, ...others, gateway({ name: 'web', listeners })], 'Gateway', 'web')
        .conditions,
    );

/** Of a listener beside others. */
const ofListener =
  (more: Json, ...others: readonly Json[]): Case =>
  () => {
    const listeners = [...others, listener('asked', more)];
    const { listeners: all = [] } = statusOf(
      [...BASE, gateway({ name: 'web', listeners })],
      'Gateway',
      'web',
    );
    return shown(all.find(({ name }) => name === 'asked')?.conditions);
  };

/** Of a route to a Gateway with one listener. */
const ofRoute =
  (options: Partial<RouteOptions>, of: Json = {}): Case =>
  () => {
    const rules = [backends('one')];
    const objects = [
      ...BASE,
      gateway({ name: 'web', listeners: [listener('http', of)] }),
      route({ name: 'asked', to: 'web', rules, ...options }),
    ];
    return shown(statusOf(objects, 'HTTPRoute', 'asked').parents?.[0]?.conditions);
  };

const toBackend = (more: Json) => ({ rules: [backends({ name: 'one', ...more })] });
const withCertificate = (...certificateRefs: readonly Json[]): Json => ({
  port: 443,
  protocol: 'HTTPS',
  tls: { certificateRefs },
});
const filtered = { rules: [{ ...backends('one'), filters: [{ type: 'RequestMirror' }] }] };
const TCP = { protocol: 'TCP', port: 5432 };

const CASES: Readonly<Record<string, Case>> = {
  'class Accepted=True Accepted': () => shown(statusOf(BASE, 'GatewayClass', 'haproxy').conditions),
  'Gateway Accepted=True Accepted': ofGateway([listener('a')]),
  'Gateway Accepted=True ListenersNotValid': ofGateway([listener('a'), listener('b', TCP)]),
  'Gateway Accepted=False ListenersNotValid': ofGateway([listener('b', TCP)]),
  'Gateway Programmed=True Programmed': ofGateway([listener('a')]),
  'Gateway Programmed=False AddressNotAssigned': ofGateway([listener('a')], []),
  'Gateway Programmed=False Invalid': ofGateway([listener('b', TCP)]),
  'listener Accepted=True Accepted': ofListener({}),
  'listener Accepted=False UnsupportedProtocol': ofListener(TCP),
  'listener Accepted=False UnsupportedValue': ofListener({
    ...{ port: 443, protocol: 'HTTPS', tls: { mode: 'Passthrough' } },
  }),
  'listener Conflicted=True HostnameConflict': ofListener({}, listener('first')),
  'listener Conflicted=True ProtocolConflict': ofListener(
    { ...withCertificate(), port: 80 },
    listener('first'),
  ),
  'listener ResolvedRefs=True ResolvedRefs': ofListener({}),
  'listener ResolvedRefs=False InvalidRouteKinds': ofListener({
    allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }, { kind: 'TCPRoute' }] },
  }),
  'listener ResolvedRefs=False InvalidCertificateRef': ofListener(
    withCertificate({ name: 'none' }),
  ),
  'listener ResolvedRefs=False RefNotPermitted': ofListener(
    withCertificate({ name: 'none', namespace: 'elsewhere' }),
  ),
  'listener Programmed=True Programmed': ofListener({}),
  'listener Programmed=False Invalid': ofListener(withCertificate({ name: 'none' })),
  'route Accepted=True Accepted': ofRoute({}),
  'route Accepted=False NoMatchingParent': ofRoute({ to: [{ name: 'web', sectionName: 'none' }] }),
  'route Accepted=False NotAllowedByListeners': ofRoute({
    namespace: 'other',
    to: [{ name: 'web', namespace: 'default' }],
  }),
  'route Accepted=False NoMatchingListenerHostname': ofRoute(
    { hosts: ['b.test'] },
    { hostname: 'a.test' },
  ),
  'route ResolvedRefs=True ResolvedRefs': ofRoute({}),
  'route ResolvedRefs=False InvalidKind': ofRoute(toBackend({ kind: 'Other' })),
  'route ResolvedRefs=False RefNotPermitted': ofRoute(toBackend({ namespace: 'other' })),
  'route ResolvedRefs=False BackendNotFound': ofRoute(toBackend({ name: 'none' })),
  'route PartiallyInvalid=True UnsupportedValue': ofRoute(filtered),
};

for (const [name, find] of Object.entries(CASES))
  test(`the status says ${name}`, () => {
    const [, wanted = ''] = /^\w+ (.*)$/.exec(name) ?? [];
    const found = find();
    assert.ok(found.includes(wanted), found.join());
  });

test('each condition that the README names has a test', () => {
  const rows = readTable('gateway', 'condition').flatMap(([cell]) => literals(cell));
  assert.deepEqual(rows.sort(), Object.keys(CASES).sort());
});

test('a Gateway that shares its addresses has those of the Service that leads to HAProxy', () => {
  const objects = [...BASE, gateway({ name: 'web', listeners: [listener('a')] })];
  assert.deepEqual(statusOf(objects, 'Gateway', 'web').addresses, [
    { type: 'IPAddress', value: '192.0.2.1' },
    { type: 'Hostname', value: 'lb.example.com' },
  ]);
});

test('a route that left has no parents, so that those of a service that has ended since are taken out', () => {
  const objects = [...BASE, route({ name: 'gone', to: 'another', rules: [backends('one')] })];
  assert.deepEqual(statusOf(objects, 'HTTPRoute', 'gone').parents, []);
});

test('attached routes are counted for each listener, and kinds that it takes are named', () => {
  const rules = [backends('one')];
  const objects = [
    ...BASE,
    gateway({
      name: 'web',
      listeners: [
        listener('a', { hostname: 'a.test' }),
        listener('b', { hostname: 'b.test', allowedRoutes: { kinds: [{ kind: 'TCPRoute' }] } }),
        listener('c', { port: 8080 }),
      ],
    }),
    route({ name: 'one', to: 'web', hosts: ['a.test', 'b.test'], rules }),
    route({ name: 'two', to: [{ name: 'web', sectionName: 'c' }], rules }),
    route({ name: 'three', to: 'web', hosts: ['c.test'], rules }),
    grant({ name: 'g', from: [], to: [] }),
  ];
  const { listeners = [] } = statusOf(objects, 'Gateway', 'web');
  assert.deepEqual(
    listeners.map(({ name, attachedRoutes, supportedKinds }) => [
      name,
      attachedRoutes,
      supportedKinds.map(({ kind }) => kind).join(),
    ]),
    [
      ['a', 1, 'HTTPRoute'],
      ['b', 0, ''],
      ['c', 3, 'HTTPRoute'],
    ],
  );
});
