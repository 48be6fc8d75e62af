import assert from 'node:assert/strict';
import { makeCertificate } from '../../kit/certificate.ts';
import { service, slice, tlsSecret } from '../cluster-objects.ts';
import type { Case, World } from '../world.ts';
import {
  backends,
  gateway,
  grant,
  type Json,
  listener,
  namespace,
  prefix,
  route,
} from './objects.ts';

/** A route of the Gateway `web`, for a host that is called as it is. */
const routed = (name: string, rules: readonly Json[], more: { created?: string } = {}) =>
  route({ name, to: 'web', hosts: [`${name}.test`], rules, ...more });

const modifier = (of: 'request' | 'response', change: Json): Json => ({
  type: of === 'request' ? 'RequestHeaderModifier' : 'ResponseHeaderModifier',
  [`${of}HeaderModifier`]: change,
});

const redirect = (statusCode?: number): Json => ({
  filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode } }],
});

const echoed = async ({ ask }: World, host: string, path = '/') => {
  const headers = { 'X-Old': 'old', 'X-Set': 'old', 'X-Add': 'old' };
  return JSON.parse((await ask(host, { path, headers })).body) as {
    url: string;
    headers: Record<string, string>;
  };
};

/** How many of so many requests each got. */
async function counts({ whoIs }: World, host: string, count: number) {
  const found: Record<string, number> = {};
  for (let i = 0; i < count; i += 1) {
    const who = await whoIs(host);
    found[who] = (found[who] ?? 0) + 1;
  }
  return found;
}

const certificateOf = async (name: string) =>
  tlsSecret(`${name}-tls`, await makeCertificate({ names: [`${name}.tls.test`] }));

const https = (name: string, certificateRefs: readonly Json[]) =>
  listener(name, {
    port: 443,
    protocol: 'HTTPS',
    hostname: `${name}.tls.test`,
    tls: { certificateRefs },
  });

const elsewhere = [
  service({ name: 'far', namespace: 'elsewhere' }),
  slice({
    name: 'far-a',
    of: 'far',
    namespace: 'elsewhere',
    endpoints: [{ ip: '10.4.0.1', pod: 'far-x-y' }],
  }),
];

/** What the specification says that is no row of a table, by the words of the example's README. */
export const RULES: Readonly<Record<string, Case>> = {
  "a Gateway of another controller's class is not served": {
    objects: [
      gateway({
        name: 'foreign',
        className: 'elsewhere',
        listeners: [listener('http', { hostname: 'foreign.test' })],
      }),
      route({ name: 'foreign', to: 'foreign', rules: [backends('one')] }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('foreign.test'), 'status 404');
    },
  },
  'a route is attached to the listener that `sectionName` and `port` name, else to all': {
    objects: [
      route({
        name: 'by-section',
        to: [{ name: 'web', sectionName: 'other' }],
        hosts: ['by-section.test'],
        rules: [backends('one')],
      }),
      route({
        name: 'by-port',
        to: [{ name: 'web', port: 80 }],
        hosts: ['by-port.test'],
        rules: [backends('one')],
      }),
      routed('to-all', [backends('one')]),
    ],
    async check({ ask }) {
      const statuses = async (host: string) =>
        [(await ask(host)).status, (await ask(host, { port: 8080 })).status] as const;
      assert.deepEqual(await statuses('by-section.test'), [404, 200]);
      assert.deepEqual(await statuses('by-port.test'), [200, 404]);
      assert.deepEqual(await statuses('to-all.test'), [200, 200]);
    },
  },
  'a listener takes routes of its own namespace, of all, or of those with labels': {
    objects: [
      namespace('labelled', { team: 'a', tier: 'web' }),
      gateway({
        name: 'choosy',
        listeners: [
          ['same', undefined],
          ['all', { from: 'All' }],
          ['chosen', { from: 'Selector', selector: { matchLabels: { team: 'a' } } }],
          [
            'expressed',
            {
              from: 'Selector',
              selector: {
                matchExpressions: [
                  { key: 'tier', operator: 'In', values: ['web', 'api'] },
                  { key: 'team', operator: 'Exists' },
                  { key: 'old', operator: 'DoesNotExist' },
                  { key: 'team', operator: 'NotIn', values: ['b'] },
                ],
              },
            },
          ],
          ['other', { from: 'Selector', selector: { matchLabels: { team: 'b' } } }],
        ].map(([name, namespaces]) =>
          listener(name as string, {
            hostname: `${name}.choosy.test`,
            ...(namespaces === undefined ? {} : { allowedRoutes: { namespaces } }),
          }),
        ),
      }),
      ...[
        ['labelled', 'one'],
        ['default', 'two'],
      ].map(([of = '', to = '']) =>
        route({
          name: 'choosy',
          namespace: of,
          to: [{ name: 'choosy', namespace: 'default' }],
          rules: [{ matches: [prefix(`/${of}`)], ...backends({ name: to, namespace: 'default' }) }],
        }),
      ),
      grant({
        name: 'labelled',
        from: [{ kind: 'HTTPRoute', namespace: 'labelled' }],
        to: [{ kind: 'Service', name: 'one' }],
      }),
    ],
    async check({ whoIs }) {
      const takes = async (name: string) =>
        [
          await whoIs(`${name}.choosy.test`, '/labelled'),
          await whoIs(`${name}.choosy.test`, '/default'),
        ] as const;
      assert.deepEqual(await takes('same'), ['status 404', 'two']);
      assert.deepEqual(await takes('all'), ['one', 'two']);
      assert.deepEqual(await takes('chosen'), ['one', 'status 404']);
      assert.deepEqual(await takes('expressed'), ['one', 'status 404']);
      assert.deepEqual(await takes('other'), ['status 404', 'status 404']);
    },
  },
  'a listener that takes other kinds takes no HTTPRoute': {
    objects: [
      gateway({
        name: 'kinds',
        listeners: [
          listener('grpc', {
            hostname: 'kinds.test',
            allowedRoutes: { kinds: [{ kind: 'GRPCRoute' }] },
          }),
        ],
      }),
      route({ name: 'kinds', to: 'kinds', rules: [backends('one')] }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('kinds.test'), 'status 404');
    },
  },
  'of two routes with the same match the older one has it': {
    objects: [
      ...[
        ['a-younger', '2026-01-02T00:00:00Z', 'two'],
        ['b-older', '2026-01-01T00:00:00Z', 'one'],
        ['c-as-old', '2026-01-01T00:00:00Z', 'three'],
      ].map(([name = '', created = '', to = '']) =>
        route({
          name,
          created,
          to: 'web',
          hosts: ['same.test'],
          rules: [
            backends(to),
            {
              matches: [{ ...prefix('/'), headers: [{ name: 'X-A', value: '1' }] }],
              ...backends(to),
            },
          ],
        }),
      ),
    ],
    async check({ ask, whoIs }) {
      assert.equal(await whoIs('same.test'), 'one');
      assert.match((await ask('same.test', { headers: { 'X-A': '1' } })).body, /"one-/);
    },
  },
  'of two listeners with the same port and hostname': {
    objects: [
      ...[
        ['a-younger', '2026-01-02T00:00:00Z', 'two'],
        ['b-older', '2026-01-01T00:00:00Z', 'one'],
      ].flatMap(([name = '', created = '', to = '']) => [
        gateway({ name, created, listeners: [listener('http', { hostname: 'twice.test' })] }),
        route({ name: `of-${name}`, to: name, rules: [backends(to)] }),
      ]),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('twice.test'), 'one');
    },
  },
  'a backend of another namespace needs a ReferenceGrant': {
    objects: [
      ...elsewhere,
      service({ name: 'closed', namespace: 'elsewhere' }),
      grant({
        name: 'far',
        namespace: 'elsewhere',
        from: [{ kind: 'HTTPRoute', namespace: 'default' }],
        to: [{ kind: 'Service', name: 'far' }],
      }),
      grant({
        name: 'others',
        namespace: 'elsewhere',
        from: [
          { kind: 'HTTPRoute', namespace: 'other' },
          { kind: 'Gateway', namespace: 'default' },
        ],
        to: [{ kind: 'Service' }],
      }),
      routed('granted', [backends({ name: 'far', namespace: 'elsewhere' })]),
      routed('closed', [backends({ name: 'closed', namespace: 'elsewhere' })]),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('granted.test'), 'far');
      assert.equal(await whoIs('closed.test'), 'status 500');
    },
  },
  'a backend that does not exist, or is no Service': {
    objects: [
      routed('missing', [backends('missing')]),
      routed('portless', [backends({ name: 'one', port: 81 })]),
      routed('bucket', [backends({ name: 'one', kind: 'Bucket', group: 'example.com' })]),
    ],
    async check({ whoIs }) {
      for (const host of ['missing.test', 'portless.test', 'bucket.test'])
        assert.equal(await whoIs(host), 'status 500');
    },
  },
  'a backend without ready endpoints': {
    objects: [service({ name: 'idle' }), routed('idle', [backends('idle')])],
    async check({ whoIs }) {
      assert.equal(await whoIs('idle.test'), 'status 503');
    },
  },
  'a backend whose port has `appProtocol: kubernetes.io/h2c`': {
    objects: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'h2', namespace: 'default' },
        spec: {
          ipFamilies: ['IPv4'],
          ports: [{ port: 80, targetPort: 8080, appProtocol: 'kubernetes.io/h2c' }],
        },
      },
      slice({ name: 'h2-a', of: 'h2', endpoints: [{ ip: '10.4.0.2', pod: 'h2-x-y' }] }),
      routed('h2', [backends('h2')]),
    ],
    async check({ backend }) {
      assert.deepEqual(backend('default_h2_0_0'), ['server h2-x-y 10.4.0.2:8080 proto h2']);
    },
  },
  'a rule without backends': {
    objects: [routed('empty', [{ matches: [prefix('/')] }])],
    async check({ whoIs }) {
      assert.equal(await whoIs('empty.test'), 'status 500');
    },
  },
  'requests go to backends by their weights': {
    objects: [
      routed('weights', [
        backends(
          { name: 'one', weight: 6 },
          { name: 'two', weight: 0 },
          { name: 'three', weight: 3 },
          { name: 'nobody', weight: 1 },
        ),
      ]),
      routed('equal', [backends('one', 'two')]),
      routed('zero', [backends({ name: 'one', weight: 0 })]),
      routed('zeros', [backends({ name: 'one', weight: 0 }, { name: 'two', weight: 0 })]),
    ],
    async check(world) {
      const found = await counts(world, 'weights.test', 300);
      const near = (name: string, expected: number) => {
        const count = found[name] ?? 0;
        assert.ok(Math.abs(count - expected) < 45, `${name}: ${count}, about ${expected}`);
      };
      near('one', 180);
      near('three', 90);
      assert.ok((found['status 500'] ?? 0) > 5);
      assert.equal(found.two, undefined);
      assert.deepEqual(Object.keys(await counts(world, 'equal.test', 50)).sort(), ['one', 'two']);
      assert.deepEqual(await counts(world, 'zero.test', 3), { 'status 500': 3 });
      assert.deepEqual(await counts(world, 'zeros.test', 3), { 'status 500': 3 });
    },
  },
  'request headers are set, added and removed': {
    objects: [
      routed('request-headers', [
        {
          filters: [
            modifier('request', {
              set: [{ name: 'X-Set', value: "it's 5% \\ {new}" }],
              add: [{ name: 'X-Add', value: 'new' }],
              remove: ['X-Old'],
            }),
          ],
          ...backends({
            name: 'one',
            filters: [modifier('request', { set: [{ name: 'X-Of', value: 'backend' }] })],
          }),
        },
      ]),
    ],
    async check(world) {
      const { headers } = await echoed(world, 'request-headers.test');
      assert.equal(headers['x-set'], "it's 5% \\ {new}");
      assert.equal(headers['x-add'], 'old, new');
      assert.equal(headers['x-old'], undefined);
      assert.equal(headers['x-of'], 'backend');
    },
  },
  'response headers are set, added and removed': {
    objects: [
      routed('response-headers', [
        {
          filters: [
            modifier('response', {
              set: [{ name: 'X-Set', value: 'new' }],
              add: [{ name: 'X-Add', value: 'new' }],
              remove: ['Content-Type'],
            }),
          ],
          ...backends('one'),
        },
      ]),
    ],
    async check({ ask }) {
      const { headers } = await ask('response-headers.test');
      assert.deepEqual([headers['x-set'], headers['x-add']], ['new', 'new']);
      assert.equal(headers['content-type'], undefined);
    },
  },
  'a redirect has the status that it says': {
    objects: [undefined, 301, 303, 307, 308].map((code) =>
      routed(`redirect-${code}`, [redirect(code)]),
    ),
    async check({ ask }) {
      assert.equal((await ask('redirect-undefined.test')).status, 302);
      for (const code of [301, 303, 307, 308])
        assert.equal((await ask(`redirect-${code}.test`)).status, code);
    },
  },
  'a path is replaced whole, and so is the host': {
    objects: [
      routed('whole', [
        {
          filters: [
            {
              type: 'URLRewrite',
              urlRewrite: {
                hostname: 'inner.test',
                path: { type: 'ReplaceFullPath', replaceFullPath: '/new%20' },
              },
            },
          ],
          ...backends('one'),
        },
      ]),
    ],
    async check(world) {
      const { url, headers } = await echoed(world, 'whole.test', '/a/b?c=d');
      assert.deepEqual([url, headers.host], ['/new%20?c=d', 'inner.test']);
    },
  },
  'the longest prefix of a rule with several is replaced': {
    objects: [
      routed('prefixes', [
        {
          matches: [prefix('/a'), prefix('/a/b'), { path: { type: 'Exact', value: '/e' } }],
          filters: [
            {
              type: 'URLRewrite',
              urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/a' } },
            },
          ],
          ...backends('one'),
        },
      ]),
    ],
    async check(world) {
      assert.equal((await echoed(world, 'prefixes.test', '/a/b/c')).url, '/a/c');
      assert.equal((await echoed(world, 'prefixes.test', '/a/c')).url, '/a/c');
      assert.equal((await echoed(world, 'prefixes.test', '/e')).url, '/e');
    },
  },
  'a filter that is not served is not left out': {
    objects: ['RequestMirror', 'ExtensionRef'].map((type) =>
      routed(type.toLowerCase(), [
        {
          filters: [{ type }, modifier('request', { set: [{ name: 'X-A', value: 'b' }] })],
          ...backends('one'),
        },
      ]),
    ),
    async check({ whoIs }) {
      assert.equal(await whoIs('requestmirror.test'), 'status 500');
      assert.equal(await whoIs('extensionref.test'), 'status 500');
    },
  },
  'HTTPS by SNI, with the certificates that listeners name': {
    objects: [
      await certificateOf('shop'),
      await certificateOf('blog'),
      gateway({
        name: 'secure',
        listeners: [
          https('shop', [{ name: 'shop-tls' }]),
          https('blog', [{ name: 'blog-tls', kind: 'Secret', group: '' }]),
        ],
      }),
      route({
        name: 'shop',
        to: [{ name: 'secure', sectionName: 'shop' }],
        rules: [backends('one')],
      }),
      route({
        name: 'blog',
        to: [{ name: 'secure', sectionName: 'blog' }],
        rules: [backends('two')],
      }),
    ],
    async check({ ask, namesFor }) {
      assert.equal(await namesFor('shop.tls.test'), 'DNS:shop.tls.test');
      assert.equal(await namesFor('blog.tls.test'), 'DNS:blog.tls.test');
      const { body } = await ask('blog.tls.test', { port: 8443, isTls: true });
      assert.match(body, /"two-.*"x-forwarded-proto":"https"/);
    },
  },
  'a certificate of another namespace needs a ReferenceGrant': {
    objects: [
      await certificateOf('far'),
      await certificateOf('closed'),
      gateway({
        name: 'secure',
        namespace: 'infra',
        listeners: [
          https('far', [{ name: 'far-tls', namespace: 'default' }]),
          https('closed', [{ name: 'closed-tls', namespace: 'default' }]),
        ],
      }),
      grant({
        name: 'certificates',
        from: [{ kind: 'Gateway', namespace: 'infra' }],
        to: [{ kind: 'Secret', name: 'far-tls' }],
      }),
    ],
    async check({ namesFor }) {
      assert.equal(await namesFor('far.tls.test'), 'DNS:far.tls.test');
      assert.equal(await namesFor('closed.tls.test'), '');
    },
  },
  'no handshake for a name without a certificate': {
    objects: [await certificateOf('unnamed')],
    async check({ namesFor }) {
      assert.equal(await namesFor('unnamed.tls.test'), '');
      assert.equal(await namesFor('nobody.test'), '');
    },
  },
};
