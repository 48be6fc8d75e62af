import assert from 'node:assert/strict';
import { until } from '../../kit/until.ts';
import { service, slice } from '../cluster-objects.ts';
import type { Asked, Case, World } from '../world.ts';
import { ingress, type Path, whole } from './objects.ts';

const hostOf = (name: string) => `${name}.annotations.test`;

/** An Ingress with annotations, for a host of its own. */
function annotated(
  name: string,
  annotations: Readonly<Record<string, string>>,
  rules: Readonly<Record<string, readonly Path[]>> = whole(hostOf(name), 'one'),
): object {
  return ingress({ name, annotations, rules });
}

const echoed = async (world: World, name: string, asked?: Asked) =>
  JSON.parse((await world.ask(hostOf(name), asked)).body) as {
    url: string;
    headers: Record<string, string>;
  };

const locationOf = async (world: World, host: string, path = '/') => {
  const { status, headers } = await world.ask(host, { path });
  return [status, headers.location];
};

/** The pods of so many requests. */
const podsOf = async (world: World, name: string, count: number, asked: (i: number) => Asked) => {
  const pods: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const { body } = await world.ask(hostOf(name), asked(i));
    pods.push((JSON.parse(body) as { pod: string }).pod);
  }
  return pods;
};

/** Of requests that come at once, the first five are served. */
async function isLimited({ whoIs }: World, name: string): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 20 }, () => whoIs(hostOf(name))));
  const served = answers.filter((answer) => answer === 'one').length;
  assert.ok(served >= 5 && served < 20, `${served} of 20`);
  assert.ok(answers.includes('status 503'));
}

const THREE = [
  service({ name: 'triple', clusterIP: '10.3.9.9' }),
  slice({
    name: 'triple-a',
    of: 'triple',
    endpoints: [1, 2, 3].map((i) => ({ ip: `10.3.0.${i}`, pod: `triple-x-${i}` })),
  }),
];
const OF_THREE = (name: string) => whole(hostOf(name), 'triple');

const CORS = { 'enable-cors': 'true' };
const ORIGIN = { headers: { Origin: 'https://a.example' } };
/** One header of an answer to a request with an origin, under one annotation of CORS. */
const cors = (name: string, value: string, header: string, expected: string | undefined): Case => ({
  objects: [annotated(name, { ...CORS, [name]: value })],
  async check(world) {
    const { headers } = await world.ask(hostOf(name), ORIGIN);
    assert.equal(headers[header], expected);
  },
});

const ranges = (name: string, list: string, expected: string): Case => ({
  objects: [
    annotated(name, { [name]: list }),
    annotated(`${name}-other`, { [name]: '10.0.0.0/8, fd00::/8' }),
  ],
  async check({ whoIs }) {
    assert.equal(await whoIs(hostOf(name)), expected);
    const other = await whoIs(hostOf(`${name}-other`));
    assert.equal(other, expected === 'one' ? 'status 403' : 'one');
  },
});

const canaryOf = (name: string, annotations: Readonly<Record<string, string>>) => [
  ingress({
    name,
    rules: {
      [hostOf(name)]: [
        { path: '/a', to: 'one' },
        { path: '/', to: 'two' },
      ],
    },
  }),
  ingress({
    name: `${name}-next`,
    annotations: { canary: 'true', ...annotations },
    rules: { [hostOf(name)]: [{ path: '/a/', to: 'three' }] },
  }),
];

const protocols = ['HTTPS', 'GRPC', 'GRPCS'] as const;

/** The annotations of ingress-nginx that are served. */
export const ANNOTATIONS: Readonly<Record<string, Case>> = {
  affinity: {
    objects: [
      ...THREE,
      annotated('affinity', { affinity: 'cookie' }, OF_THREE('affinity')),
      annotated('affinity-other', { affinity: 'other' }),
    ],
    async check(world) {
      const { headers, body } = await world.ask(hostOf('affinity'));
      const [cookie = ''] = headers['set-cookie'] ?? [];
      assert.match(cookie, /^INGRESSCOOKIE=triple-x-\d; path=\/; HttpOnly$/);
      const Cookie = cookie.split(';')[0] as string;
      const pods = await podsOf(world, 'affinity', 6, () => ({ headers: { Cookie } }));
      assert.deepEqual(new Set(pods), new Set([JSON.parse(body).pod]));
      assert.equal((await world.ask(hostOf('affinity-other'))).headers['set-cookie'], undefined);
    },
  },
  'allowlist-source-range': ranges('allowlist-source-range', '10.0.0.0/8, 127.0.0.1', 'one'),
  'app-root': {
    objects: [annotated('app-root', { 'app-root': '/app?a=b' })],
    async check(world) {
      assert.deepEqual(await locationOf(world, hostOf('app-root')), [302, '/app?a=b']);
      assert.equal(await world.whoIs(hostOf('app-root'), '/app'), 'one');
    },
  },
  'backend-protocol': {
    objects: protocols.flatMap((protocol, i) => [
      service({ name: protocol.toLowerCase() }),
      slice({
        name: `${protocol.toLowerCase()}-a`,
        of: protocol.toLowerCase(),
        endpoints: [{ ip: `10.3.1.${i}`, pod: `${protocol.toLowerCase()}-x-y` }],
      }),
      annotated(
        `as-${protocol.toLowerCase()}`,
        { 'backend-protocol': protocol },
        whole(hostOf(protocol.toLowerCase()), protocol.toLowerCase()),
      ),
    ]),
    async check({ whoIs }) {
      for (const protocol of ['https', 'grpc', 'grpcs'])
        assert.equal(await whoIs(hostOf(protocol)), protocol);
    },
  },
  canary: {
    objects: canaryOf('canary', {}),
    async check({ whoIs }) {
      assert.equal(await whoIs(hostOf('canary'), '/a'), 'one');
      assert.equal(await whoIs(hostOf('canary'), '/b'), 'two');
    },
  },
  'canary-by-cookie': {
    objects: canaryOf('canary-by-cookie', { 'canary-by-cookie': 'next', 'canary-weight': '100' }),
    async check({ ask }) {
      const asked = async (Cookie: string, path = '/a/b') =>
        (await ask(hostOf('canary-by-cookie'), { path, headers: { Cookie } })).body;
      assert.match(await asked('next=always'), /three-/);
      assert.match(await asked('next=never'), /one-/);
      assert.match(await asked('next=maybe'), /three-/);
      assert.match(await asked('next=always', '/b'), /two-/);
    },
  },
  'canary-by-header': {
    objects: canaryOf('canary-by-header', {
      'canary-by-header': 'X-Next',
      'canary-by-cookie': 'next',
    }),
    async check({ ask }) {
      const asked = async (headers: Record<string, string>) =>
        (await ask(hostOf('canary-by-header'), { path: '/a', headers })).body;
      assert.match(await asked({ 'X-Next': 'always' }), /three-/);
      assert.match(await asked({ 'X-Next': 'never', Cookie: 'next=always' }), /one-/);
      assert.match(await asked({ 'X-Next': 'maybe' }), /one-/);
    },
  },
  'canary-by-header-value': {
    objects: canaryOf('canary-by-header-value', {
      'canary-by-header': 'X-Next',
      'canary-by-header-value': 'a "b',
    }),
    async check({ ask }) {
      const asked = async (value: string) =>
        (await ask(hostOf('canary-by-header-value'), { path: '/a', headers: { 'X-Next': value } }))
          .body;
      assert.match(await asked('a "b'), /three-/);
      assert.match(await asked('always'), /one-/);
    },
  },
  'canary-weight': {
    objects: [
      ...canaryOf('canary-weight', { 'canary-weight': '30' }),
      ...canaryOf('canary-all', { 'canary-weight': '100' }),
    ],
    async check(world) {
      const pods = await podsOf(world, 'canary-weight', 200, () => ({ path: '/a' }));
      const next = pods.filter((pod) => pod.startsWith('three')).length;
      assert.ok(next > 20 && next < 110, `${next} of 200`);
      assert.equal(await world.whoIs(hostOf('canary-all'), '/a'), 'three');
      assert.equal(await world.whoIs(hostOf('canary-all'), '/b'), 'two');
    },
  },
  'canary-weight-total': {
    objects: canaryOf('canary-weight-total', { 'canary-weight': '5', 'canary-weight-total': '5' }),
    async check({ whoIs }) {
      assert.equal(await whoIs(hostOf('canary-weight-total'), '/a'), 'three');
    },
  },
  'cors-allow-credentials': cors(
    'cors-allow-credentials',
    'false',
    'access-control-allow-credentials',
    undefined,
  ),
  'cors-allow-headers': cors(
    'cors-allow-headers',
    'X-A, X-B 5%',
    'access-control-allow-headers',
    'X-A, X-B 5%',
  ),
  'cors-allow-methods': cors('cors-allow-methods', 'PUT', 'access-control-allow-methods', 'PUT'),
  'cors-allow-origin': {
    objects: [
      annotated('cors-allow-origin', {
        ...CORS,
        'cors-allow-origin': 'https://a.example, https://b.example:8443',
      }),
    ],
    async check({ ask }) {
      const allowed = async (Origin: string) =>
        (await ask(hostOf('cors-allow-origin'), { headers: { Origin } })).headers[
          'access-control-allow-origin'
        ];
      assert.equal(await allowed('https://a.example'), 'https://a.example');
      assert.equal(await allowed('https://b.example:8443'), 'https://b.example:8443');
      assert.equal(await allowed('https://c.example'), undefined);
    },
  },
  'cors-expose-headers': cors('cors-expose-headers', 'X-C', 'access-control-expose-headers', 'X-C'),
  'cors-max-age': cors('cors-max-age', '60', 'access-control-max-age', '60'),
  'denylist-source-range': ranges('denylist-source-range', '127.0.0.0/8', 'status 403'),
  'enable-cors': {
    objects: [annotated('enable-cors', CORS)],
    async check({ ask }) {
      const preflight = await ask(hostOf('enable-cors'), { method: 'OPTIONS', ...ORIGIN });
      const answer = await ask(hostOf('enable-cors'), ORIGIN);
      assert.deepEqual([preflight.status, answer.status], [204, 200]);
      for (const { headers } of [preflight, answer]) {
        assert.equal(headers['access-control-allow-origin'], 'https://a.example');
        assert.equal(headers['access-control-allow-credentials'], 'true');
        assert.equal(headers['access-control-max-age'], '1728000');
        assert.match(String(headers['access-control-allow-methods']), /^GET, PUT/);
      }
      const { headers, status } = await ask(hostOf('enable-cors'), { method: 'OPTIONS' });
      assert.deepEqual([status, headers['access-control-allow-origin']], [200, undefined]);
    },
  },
  'force-ssl-redirect': {
    objects: [annotated('force-ssl-redirect', { 'force-ssl-redirect': 'true' })],
    async check(world) {
      const host = hostOf('force-ssl-redirect');
      assert.deepEqual(await locationOf(world, host), [308, `https://${host}:8443/`]);
    },
  },
  'from-to-www-redirect': {
    objects: [
      annotated('from-www', { 'from-to-www-redirect': 'true' }),
      annotated('to-www', { 'from-to-www-redirect': 'true' }, whole('www.to.test', 'one')),
      annotated(
        'both-www',
        { 'from-to-www-redirect': 'true' },
        {
          ...whole('both.test', 'one'),
          ...whole('www.both.test', 'two'),
        },
      ),
    ],
    async check(world) {
      const host = hostOf('from-www');
      const found = await locationOf(world, `www.${host}`, '/a?b');
      assert.deepEqual(found, [308, `http://${host}/a?b`]);
      assert.deepEqual(await locationOf(world, 'to.test'), [308, 'http://www.to.test/']);
      assert.equal(await world.whoIs('both.test'), 'one');
      assert.equal(await world.whoIs('www.both.test'), 'two');
    },
  },
  'limit-connections': {
    objects: [
      service({ name: 'silent' }),
      slice({ name: 'silent-a', of: 'silent', endpoints: [{ ip: '10.3.2.1', pod: 'silent-x-y' }] }),
      annotated(
        'limit-connections',
        { 'limit-connections': '1', 'proxy-read-timeout': '1' },
        {
          [hostOf('limit-connections')]: [{ path: '/silent', to: 'silent' }],
        },
      ),
    ],
    async check({ ask }) {
      await until('one of three that wait at once is refused', async () => {
        const answers = await Promise.all(
          [1, 2, 3].map(() => ask(hostOf('limit-connections'), { path: '/silent' })),
        );
        return answers.some(({ status }) => status === 503) || undefined;
      });
    },
  },
  'limit-rpm': {
    objects: [annotated('limit-rpm', { 'limit-rpm': '1' })],
    check: (world) => isLimited(world, 'limit-rpm'),
  },
  'limit-rps': {
    objects: [annotated('limit-rps', { 'limit-rps': '1', 'limit-rpm': '100' })],
    check: (world) => isLimited(world, 'limit-rps'),
  },
  'load-balance': {
    objects: [annotated('load-balance', { 'load-balance': 'ewma' })],
    async check({ whoIs, backend }) {
      assert.equal(backend('default_load-balance_one_80')[0], 'balance leastconn');
      assert.equal(await whoIs(hostOf('load-balance')), 'one');
    },
  },
  'permanent-redirect': {
    objects: [
      annotated('permanent-redirect', { 'permanent-redirect': 'https://a.example/b?c=d|e%20f' }),
    ],
    async check(world) {
      const found = await locationOf(world, hostOf('permanent-redirect'), '/x');
      assert.deepEqual(found, [301, 'https://a.example/b?c=d|e%20f']);
    },
  },
  'permanent-redirect-code': {
    objects: [
      annotated('permanent-redirect-code', {
        'permanent-redirect': 'https://a.example/',
        'permanent-redirect-code': '308',
      }),
    ],
    async check(world) {
      const found = await locationOf(world, hostOf('permanent-redirect-code'));
      assert.deepEqual(found, [308, 'https://a.example/']);
    },
  },
  'proxy-body-size': {
    objects: [annotated('proxy-body-size', { 'proxy-body-size': '1k' })],
    async check({ ask }) {
      const sent = async (length: number) => {
        const headers = { 'Content-Length': String(length), Expect: '100-continue' };
        return (await ask(hostOf('proxy-body-size'), { method: 'POST', headers })).status;
      };
      assert.equal(await sent(1025), 413);
      assert.equal((await ask(hostOf('proxy-body-size'))).status, 200);
    },
  },
  'proxy-connect-timeout': {
    objects: [annotated('proxy-connect-timeout', { 'proxy-connect-timeout': '3' })],
    async check({ whoIs, backend }) {
      assert.equal(backend('default_proxy-connect-timeout_one_80')[0], 'timeout connect 3s');
      assert.equal(await whoIs(hostOf('proxy-connect-timeout')), 'one');
    },
  },
  'proxy-read-timeout': {
    objects: [
      annotated(
        'proxy-read-timeout',
        { 'proxy-read-timeout': '1' },
        {
          [hostOf('proxy-read-timeout')]: [{ path: '/', to: 'silent' }],
        },
      ),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs(hostOf('proxy-read-timeout')), 'status 504');
    },
  },
  'proxy-send-timeout': {
    objects: [
      annotated(
        'proxy-send-timeout',
        { 'proxy-send-timeout': '1' },
        {
          [hostOf('proxy-send-timeout')]: [{ path: '/', to: 'silent' }],
        },
      ),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs(hostOf('proxy-send-timeout')), 'status 504');
    },
  },
  'rewrite-target': {
    objects: [
      annotated(
        'rewrite-target',
        { 'rewrite-target': '/new%20/place' },
        {
          [hostOf('rewrite-target')]: [{ path: '/old', to: 'one' }],
        },
      ),
      annotated(
        'rewrite-groups',
        { 'rewrite-target': '/$2' },
        {
          [hostOf('rewrite-groups')]: [
            { path: '/a(/|$)(.*)', pathType: 'ImplementationSpecific', to: 'one' },
            { path: '/a/b(/|$)(.*)', pathType: 'ImplementationSpecific', to: 'one' },
            { path: '/exact', pathType: 'Exact', to: 'one' },
          ],
        },
      ),
    ],
    async check(world) {
      assert.equal(
        (await echoed(world, 'rewrite-target', { path: '/old/x?y=z' })).url,
        '/new%20/place?y=z',
      );
      for (const [path, url] of [
        ['/a', '/'],
        ['/a/x/y?z', '/x/y?z'],
        ['/a/b/x', '/x'],
        ['/exact', '/exact'],
      ])
        assert.equal((await echoed(world, 'rewrite-groups', { path: path as string })).url, url);
    },
  },
  'server-alias': {
    objects: [
      annotated(
        'server-alias',
        { 'server-alias': 'alias.test, other-alias.test,odd.test' },
        {
          [hostOf('server-alias')]: [{ path: '/a', to: 'one' }],
        },
      ),
    ],
    async check({ whoIs }) {
      for (const host of ['alias.test', 'other-alias.test']) {
        assert.equal(await whoIs(host, '/a'), 'one');
        assert.equal(await whoIs(host, '/b'), 'all');
      }
    },
  },
  'service-upstream': {
    objects: [
      annotated('service-upstream', { 'service-upstream': 'true' }, OF_THREE('service-upstream')),
    ],
    async check({ whoIs, backend }) {
      const lines = backend('default_service-upstream_triple_80');
      assert.deepEqual(lines, ['server triple 10.3.9.9:80']);
      assert.notEqual(await whoIs(hostOf('service-upstream')), 'all');
    },
  },
  'session-cookie-max-age': {
    objects: [
      annotated('session-cookie-max-age', { affinity: 'cookie', 'session-cookie-max-age': '60' }),
    ],
    async check({ ask }) {
      const { headers } = await ask(hostOf('session-cookie-max-age'));
      assert.match(String(headers['set-cookie']), /; Max-Age=60$/);
    },
  },
  'session-cookie-name': {
    objects: [
      annotated('session-cookie-name', { affinity: 'cookie', 'session-cookie-name': 'Mine' }),
    ],
    async check({ ask }) {
      const { headers } = await ask(hostOf('session-cookie-name'));
      assert.match(String(headers['set-cookie']), /^Mine=one-/);
    },
  },
  'session-cookie-samesite': {
    objects: [
      annotated('session-cookie-samesite', {
        affinity: 'cookie',
        'session-cookie-samesite': 'Lax',
      }),
    ],
    async check({ ask }) {
      const { headers } = await ask(hostOf('session-cookie-samesite'));
      assert.match(String(headers['set-cookie']), /; SameSite=Lax$/);
    },
  },
  'ssl-redirect': {
    objects: [
      ingress({
        name: 'ssl-redirect',
        annotations: { 'ssl-redirect': 'false' },
        tls: [{ secretName: 'shop-tls' }],
        rules: whole(hostOf('ssl-redirect'), 'one'),
      }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs(hostOf('ssl-redirect')), 'one');
    },
  },
  'temporal-redirect': {
    objects: [
      annotated('temporal-redirect', {
        'temporal-redirect': 'https://a.example/',
        'permanent-redirect': 'https://b.example/',
      }),
    ],
    async check(world) {
      const found = await locationOf(world, hostOf('temporal-redirect'));
      assert.deepEqual(found, [302, 'https://a.example/']);
    },
  },
  'temporal-redirect-code': {
    objects: [
      annotated('temporal-redirect-code', {
        'temporal-redirect': 'https://a.example/',
        'temporal-redirect-code': '307',
      }),
    ],
    async check(world) {
      const found = await locationOf(world, hostOf('temporal-redirect-code'));
      assert.deepEqual(found, [307, 'https://a.example/']);
    },
  },
  'upstream-hash-by': {
    objects: ['request_uri', 'remote_addr', 'host', 'http_x_user', 'arg_user'].map((by, i) =>
      annotated(`hash-${i}`, { 'upstream-hash-by': `$${by}` }, OF_THREE(`hash-${i}`)),
    ),
    async check(world) {
      const same = new Set(
        await podsOf(world, 'hash-3', 6, () => ({ headers: { 'X-User': 'ann' } })),
      );
      assert.equal(same.size, 1);
      const users = await podsOf(world, 'hash-3', 20, (i) => ({ headers: { 'X-User': `u${i}` } }));
      assert.ok(new Set(users).size > 1);
      for (const [i, expected] of [
        'uri whole',
        'source',
        'hdr(host)',
        'hdr(x-user)',
        'url_param user',
      ].entries())
        assert.equal(world.backend(`default_hash-${i}_triple_80`)[0], `balance ${expected}`);
    },
  },
  'upstream-vhost': {
    objects: [annotated('upstream-vhost', { 'upstream-vhost': 'inner.test' })],
    async check(world) {
      const { headers } = await echoed(world, 'upstream-vhost');
      assert.equal(headers.host, 'inner.test');
      assert.equal(headers['x-forwarded-host'], hostOf('upstream-vhost'));
    },
  },
  'use-regex': {
    objects: [
      annotated(
        'use-regex',
        { 'use-regex': 'true' },
        {
          [hostOf('use-regex')]: [
            { path: '/a.c', pathType: 'ImplementationSpecific', to: 'one' },
            { path: '/a.c/[0-9]+$', pathType: 'ImplementationSpecific', to: 'two' },
            { path: '/abc/7', pathType: 'Exact', to: 'three' },
            { path: '/(', to: 'three' },
          ],
        },
      ),
    ],
    async check({ whoIs }) {
      for (const [path, pod] of [
        ['/abcd', 'one'],
        ['/axc/12', 'two'],
        ['/axc/1x', 'one'],
        ['/abc/7', 'three'],
        ['/x/abc', 'all'],
        ['/(/b', 'three'],
      ] as const)
        assert.equal(await whoIs(hostOf('use-regex'), path), pod, path);
      assert.equal(await whoIs('other.test', '/abcd'), 'all');
    },
  },
  'whitelist-source-range': ranges('whitelist-source-range', '127.0.0.1/32', 'one'),
  'x-forwarded-prefix': {
    objects: [annotated('x-forwarded-prefix', { 'x-forwarded-prefix': '/shop' })],
    async check(world) {
      const { headers } = await echoed(world, 'x-forwarded-prefix');
      assert.equal(headers['x-forwarded-prefix'], '/shop');
    },
  },
};
