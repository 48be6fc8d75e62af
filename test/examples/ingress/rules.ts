import assert from 'node:assert/strict';
import { makeCertificate } from '../../kit/certificate.ts';
import { service, slice, tlsSecret } from '../cluster-objects.ts';
import type { Case } from '../world.ts';
import { ingress, whole } from './objects.ts';

const pod = (name: string) => `${name}-x-y`;
const shop = await makeCertificate({ names: ['shop.tls.test', '*.wild.tls.test'] });
const blog = await makeCertificate({ names: ['blog.tls.test'] });

/** The rules of Kubernetes' documentation that are no row of its tables, by the words of the example's README. */
export const RULES: Readonly<Record<string, Case>> = {
  'a rule without a host is for requests of hosts that no other rule is for': {
    objects: [
      ingress({ name: 'hostless', rules: { '': [{ path: '/hostless', to: 'one' }] } }),
      ingress({ name: 'hosted', rules: { 'hosted.test': [{ path: '/hosted', to: 'two' }] } }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('anything.test', '/hostless/a'), 'one');
      assert.equal(await whoIs('10.0.0.1:8000', '/hostless'), 'one');
      assert.equal(await whoIs('hosted.test', '/hostless'), 'all');
    },
  },
  'both the host and the path must match': {
    objects: [
      ingress({ name: 'both', rules: { 'a.both.test': [{ path: '/a', to: 'one' }] } }),
      ingress({ name: 'both-wild', rules: whole('*.both.test', 'two') }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('a.both.test', '/a'), 'one');
      assert.equal(await whoIs('b.both.test', '/a'), 'two');
      assert.equal(await whoIs('a.both.test', '/b'), 'all');
    },
  },
  'an Ingress without rules sends all traffic to its default backend': {
    objects: [ingress({ name: 'a-later', created: '2026-01-02T00:00:00Z', defaultBackend: 'two' })],
    async check({ whoIs }) {
      assert.equal(await whoIs('unknown.test', '/any/path'), 'all');
    },
  },
  'the default backend of an Ingress with rules gets what none of its paths is for': {
    objects: [
      ingress({
        name: 'own-default',
        created: '2025-01-01T00:00:00Z',
        defaultBackend: 'two',
        rules: {
          'own.test': [{ path: '/a', to: 'one' }],
          '*.own.test': [{ path: '/a', to: 'one' }],
        },
      }),
      ingress({ name: 'rooted', defaultBackend: 'two', rules: whole('rooted.test', 'three') }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('own.test', '/a'), 'one');
      assert.equal(await whoIs('own.test', '/b'), 'two');
      assert.equal(await whoIs('x.own.test', '/'), 'two');
      assert.equal(await whoIs('rooted.test', '/b'), 'three');
      assert.equal(await whoIs('unknown.test', '/b'), 'all');
    },
  },
  'a path without `path` is for all paths': {
    objects: [
      ingress({
        name: 'pathless',
        rules: { 'pathless.test': [{ pathType: 'ImplementationSpecific', to: 'one' }] },
      }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('pathless.test', '/'), 'one');
      assert.equal(await whoIs('pathless.test', '/a/b'), 'one');
    },
  },
  'a resource backend is not served': {
    objects: [
      ingress({
        name: 'resource',
        rules: {
          'resource.test': [
            { path: '/', to: 'one' },
            { path: '/icons', pathType: 'ImplementationSpecific', to: 'bucket' },
          ],
        },
      }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('resource.test', '/icons/a'), 'status 503');
      assert.equal(await whoIs('resource.test', '/'), 'one');
    },
  },
  'a port by its number': {
    objects: [
      service({ name: 'ported', ports: { web: 8000, admin: 9000 } }),
      slice({
        name: 'ported-a',
        of: 'ported',
        ports: { admin: 9090, web: 8080 },
        endpoints: [{ ip: '10.2.0.1', pod: pod('ported') }],
      }),
      ingress({ name: 'by-number', rules: whole('number.ports.test', 'ported:9000') }),
    ],
    async check({ whoIs, backend }) {
      assert.equal(await whoIs('number.ports.test'), 'ported');
      assert.deepEqual(backend('default_by-number_ported_9000'), [
        'server ported-x-y 10.2.0.1:9090',
      ]);
    },
  },
  'a port by its name': {
    objects: [ingress({ name: 'by-name', rules: whole('name.ports.test', 'ported:web') })],
    async check({ whoIs, backend }) {
      assert.equal(await whoIs('name.ports.test'), 'ported');
      assert.deepEqual(backend('default_by-name_ported_web'), ['server ported-x-y 10.2.0.1:8080']);
    },
  },
  'endpoints that are not ready get no requests': {
    objects: [
      service({ name: 'half' }),
      slice({
        name: 'half-a',
        of: 'half',
        endpoints: [
          { ip: '10.2.1.1', ready: false, pod: 'away-x-y' },
          { ip: '10.2.1.2', ready: true, pod: 'half-x-y' },
          { ip: '10.2.1.3', pod: 'half-x-z' },
        ],
      }),
      ingress({ name: 'half', rules: whole('half.test', 'half') }),
    ],
    async check({ whoIs, backend }) {
      assert.equal(backend('default_half_half_80').length, 2);
      for (let i = 0; i < 4; i += 1) assert.equal(await whoIs('half.test'), 'half');
    },
  },
  'an endpoint that is in two slices is one server': {
    objects: [
      service({ name: 'twice' }),
      ...['a', 'b'].map((name) =>
        slice({
          name: `twice-${name}`,
          of: 'twice',
          endpoints: [
            { ip: '10.2.2.1', pod: 'twice-x-y' },
            { ip: name === 'a' ? '10.2.2.2' : '10.2.2.3' },
          ],
        }),
      ),
      ingress({ name: 'twice', rules: whole('twice.test', 'twice') }),
    ],
    async check({ backend }) {
      assert.deepEqual(backend('default_twice_twice_80'), [
        'server twice-x-y 10.2.2.1:8080',
        'server 10.2.2.2 10.2.2.2:8080',
        'server 10.2.2.3 10.2.2.3:8080',
      ]);
    },
  },
  'endpoints by IPv6': {
    objects: [
      service({ name: 'six', families: ['IPv6', 'IPv4'] }),
      slice({ name: 'six-4', of: 'six', endpoints: [{ ip: '10.2.3.1', pod: pod('four') }] }),
      slice({
        name: 'six-6',
        of: 'six',
        family: 'IPv6',
        endpoints: [{ ip: 'fd00::1', pod: pod('six') }],
      }),
      ingress({ name: 'six', rules: whole('six.test', 'six') }),
    ],
    async check({ whoIs, backend }) {
      assert.deepEqual(backend('default_six_six_80'), ['server six-x-y [fd00::1]:8080']);
      assert.equal(await whoIs('six.test'), 'six');
    },
  },
  'a Service that does not exist': {
    objects: [ingress({ name: 'missing', rules: whole('missing.test', 'missing') })],
    async check({ whoIs }) {
      assert.equal(await whoIs('missing.test'), 'status 503');
    },
  },
  'a Service without ready endpoints': {
    objects: [
      service({ name: 'idle' }),
      slice({ name: 'idle-a', of: 'idle', endpoints: [{ ip: '10.2.4.1', ready: false }] }),
      ingress({ name: 'idle', rules: whole('idle.test', 'idle') }),
      service({ name: 'sliceless' }),
      ingress({ name: 'sliceless', rules: whole('sliceless.test', 'sliceless') }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('idle.test'), 'status 503');
      assert.equal(await whoIs('sliceless.test'), 'status 503');
    },
  },
  'a port that the Service does not have': {
    objects: [
      ingress({ name: 'portless', rules: whole('portless.test', 'one:81') }),
      ingress({ name: 'nameless', rules: whole('nameless.test', 'ported:http') }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('portless.test'), 'status 503');
      assert.equal(await whoIs('nameless.test'), 'status 503');
    },
  },
  'a Service of type ExternalName is not served': {
    objects: [
      service({ name: 'external', type: 'ExternalName' }),
      slice({ name: 'external-a', of: 'external', endpoints: [{ ip: '10.2.5.1' }] }),
      ingress({ name: 'external', rules: whole('external.test', 'external') }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('external.test'), 'status 503');
    },
  },
  "an Ingress of another controller's class is not served": {
    objects: [
      ingress({ name: 'foreign', className: 'elsewhere', rules: whole('foreign.test', 'one') }),
      ingress({ name: 'nobodys', className: 'nobodys', rules: whole('nobodys.test', 'one') }),
    ],
    async check({ whoIs, backend }) {
      assert.equal(await whoIs('foreign.test'), 'all');
      assert.equal(await whoIs('nobodys.test'), 'all');
      assert.deepEqual(backend('default_foreign_one_80'), []);
    },
  },
  'the annotation `kubernetes.io/ingress.class`': {
    objects: ['haproxy', 'kubernetes-haproxy', 'elsewhere'].map((name) =>
      ingress({
        name: `annotated-${name}`,
        className: null,
        annotations: { 'kubernetes.io/ingress.class': name },
        rules: whole(`${name}.annotated.test`, 'one'),
      }),
    ),
    async check({ whoIs }) {
      assert.equal(await whoIs('haproxy.annotated.test'), 'one');
      assert.equal(await whoIs('kubernetes-haproxy.annotated.test'), 'one');
      assert.equal(await whoIs('elsewhere.annotated.test'), 'all');
    },
  },
  'the annotation counts more than `spec.ingressClassName`': {
    objects: [
      ingress({
        name: 'two-classes',
        annotations: { 'kubernetes.io/ingress.class': 'elsewhere' },
        rules: whole('two-classes.test', 'one'),
      }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('two-classes.test'), 'all');
    },
  },
  'an Ingress without a class is of the default class': {
    objects: [
      ingress({ name: 'classless', className: null, rules: whole('classless.test', 'one') }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('classless.test'), 'one');
    },
  },
  'of two Ingresses with the same host and path': {
    objects: [
      ingress({
        name: 'a-younger',
        created: '2026-01-02T00:00:00Z',
        rules: {
          'same.test': [
            { path: '/p/', to: 'two' },
            { path: '/e', pathType: 'Exact', to: 'two' },
            { path: '/own', to: 'two' },
          ],
          '': [{ path: '/same', to: 'two' }],
        },
      }),
      ingress({
        name: 'b-older',
        rules: {
          'same.test': [
            { path: '/p', to: 'one' },
            { path: '/p', pathType: 'ImplementationSpecific', to: 'three' },
            { path: '/e', pathType: 'Exact', to: 'one' },
          ],
          '': [{ path: '/same', to: 'one' }],
        },
      }),
      ingress({
        name: 'c-foreign',
        className: 'elsewhere',
        created: '2025-01-01T00:00:00Z',
        rules: { 'same.test': [{ path: '/own', to: 'three' }] },
      }),
    ],
    async check({ whoIs }) {
      assert.equal(await whoIs('same.test', '/p'), 'one');
      assert.equal(await whoIs('same.test', '/e'), 'one');
      assert.equal(await whoIs('same.test', '/own'), 'two');
      assert.equal(await whoIs('other.test', '/same'), 'one');
    },
  },
  'TLS by SNI, with the certificates that Ingresses name': {
    objects: [
      tlsSecret('shop-tls', shop),
      tlsSecret('blog-tls', blog),
      ingress({
        name: 'tls-shop',
        tls: [
          { hosts: ['shop.tls.test'], secretName: 'shop-tls' },
          { hosts: ['blog.tls.test'], secretName: 'blog-tls' },
        ],
        rules: { ...whole('shop.tls.test', 'one'), ...whole('blog.tls.test', 'two') },
      }),
      ingress({
        name: 'tls-wild',
        tls: [{ hosts: ['*.wild.tls.test'], secretName: 'shop-tls' }],
        rules: whole('*.wild.tls.test', 'three'),
      }),
    ],
    async check({ namesFor }) {
      assert.match(await namesFor('shop.tls.test'), /DNS:shop\.tls\.test/);
      assert.match(await namesFor('a.wild.tls.test'), /DNS:shop\.tls\.test/);
      assert.equal(await namesFor('blog.tls.test'), 'DNS:blog.tls.test');
    },
  },
  'no handshake for a name without a certificate': {
    objects: [
      tlsSecret('unnamed', await makeCertificate({ names: ['unnamed.test'] })),
      tlsSecret('foreign', await makeCertificate({ names: ['foreign.test'] })),
      ingress({
        name: 'foreign-tls',
        className: 'elsewhere',
        tls: [{ hosts: ['foreign.test'], secretName: 'foreign' }],
        rules: whole('foreign.test', 'one'),
      }),
    ],
    async check({ namesFor }) {
      for (const name of ['nobody.test', 'unnamed.test', 'foreign.test'])
        assert.equal(await namesFor(name), '');
    },
  },
  'plain HTTP is redirected where an Ingress has TLS': {
    objects: [
      ingress({
        name: 'tls-away',
        tls: [{ hosts: ['away.tls.test'], secretName: 'away-tls' }],
        rules: { ...whole('away.tls.test', 'one'), ...whole('plain.tls.test', 'two') },
      }),
    ],
    async check({ ask, whoIs }) {
      const { status, headers } = await ask('shop.tls.test', { path: '/a?b=c' });
      assert.deepEqual([status, headers.location], [308, 'https://shop.tls.test:8443/a?b=c']);
      assert.equal(await whoIs('a.wild.tls.test'), 'status 308');
      assert.equal(await whoIs('away.tls.test'), 'one');
      assert.equal(await whoIs('plain.tls.test'), 'two');
    },
  },
  'what cannot be served is left out, and the rest is served': {
    objects: [
      ingress({
        name: 'odd',
        annotations: {
          'proxy-body-size': 'big',
          'proxy-read-timeout': 'soon',
          'upstream-hash-by': '$http_a b',
          'upstream-vhost': 'a | b',
          'session-cookie-name': 'a b',
          affinity: 'cookie',
          'server-alias': 'a b, , *.c d',
          'rewrite-target': "/it's%[src]\\1{}",
          'backend-protocol': 'FCGI',
        },
        rules: {
          'odd host': [{ path: '/', to: 'two' }],
          'ODD.test': [{ path: '/', to: 'two' }],
          'odd.test': [
            { path: '/a b', to: 'two' },
            { path: 'no-slash', to: 'two' },
            { path: '/', to: 'one' },
          ],
        },
      }),
    ],
    async check({ ask, whoIs }) {
      assert.equal(await whoIs('odd.test', '/a'), 'one');
      const { url } = JSON.parse((await ask('odd.test')).body) as { url: string };
      assert.equal(url, "/it's%[src]\\1{}");
    },
  },
};
