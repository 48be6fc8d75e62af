import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, TemplateError } from '../../functions/template/index.ts';

const POD = {
  metadata: { namespace: 'shop', name: 'web-1' },
  spec: {
    initContainers: [
      { ports: [{ name: 'setup', containerPort: 1 }] },
      { restartPolicy: 'Always', ports: [{ name: 'metrics', containerPort: 9100 }] },
    ],
    containers: [
      { name: 'none' },
      { ports: [{ containerPort: 80 }, { name: 'http', containerPort: 8080 }] },
    ],
  },
};
const render = (expression: string) => compile(`{{ ${expression} }}`).render({ pod: POD });

test('a port of a pod is found by its name, as a Service does', () => {
  for (const [expression, port] of [
    ['pod|port("http")', '8080'],
    ['pod|port(name="metrics")', '9100'],
    ['pod|port(8443)', '8443'],
    ['pod|port("8443")', '8443'],
    ['pod|port("nope", 7)', '7'],
    ['pod|port("setup", default=7)', '7'],
    ['{}|port("http", 7)', '7'],
    ['pod|port("", 7)', '7'],
  ] as const)
    assert.equal(render(expression), port, expression);
  assert.throws(
    () => render('pod|port("nope")'),
    (error) =>
      error instanceof TemplateError &&
      error.message.includes('pod shop/web-1 has no port that is named nope'),
  );
});
