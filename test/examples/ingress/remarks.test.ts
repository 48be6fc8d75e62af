import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderManifests } from '../../../functions/index.ts';
import { SETTINGS, VARIANT } from '../../kit/rendering.ts';
import { service } from '../cluster-objects.ts';
import { textsOf } from './cluster.ts';
import { ingress, whole } from './objects.ts';

const OBJECTS = [
  service({ name: 'external', type: 'ExternalName' }),
  ingress({ name: 'older', rules: whole('same.test', 'one') }),
  ingress({
    name: 'younger',
    created: '2026-01-02T00:00:00Z',
    annotations: { 'auth-url': 'https://auth.test' },
    tls: [{ secretName: 'nowhere' }],
    rules: {
      'same.test': [
        { path: '/', to: 'missing' },
        { path: '/a b', to: 'one:81' },
        { path: '/icons', to: 'bucket' },
        { path: '/x', to: 'external' },
      ],
      'odd host': [{ path: '/', to: 'one' }],
    },
  }),
  ingress({ name: 'foreign', className: 'elsewhere', rules: whole('same.test', 'missing') }),
];

test('what of an Ingress is not served as it asks for is told of it', () => {
  const { diagnostics } = renderManifests({
    texts: textsOf(OBJECTS),
    settings: SETTINGS,
    variant: VARIANT,
  });
  const of = 'ingress.networking.k8s.io/default/younger';
  assert.deepEqual(
    diagnostics.map(({ where, message }) => `${where.object} ${message}`).sort(),
    [
      "does not have same.test/, which is default/older's, which is older",
      'has a host that no host can be named: odd host',
      'has a path that is none of a request: /a b',
      'is answered 503 at /icons: its backend is no Service',
      'is answered 503, since these annotations are not served: auth-url',
      'names Secret nowhere, which does not exist, or is of another type than kubernetes.io/tls',
      'names Service external, which is of type ExternalName, and not served',
      'names Service missing, which does not exist',
      'names port 81 of Service one, which has none',
    ].map((message) => `${of} ${message}`),
  );
});
