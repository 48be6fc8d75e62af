/** What proxies refuse is told with the line that it is about, and what gave that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explain, ExplainAnswer, Question } from '../../functions/publish/publication.ts';
import { createComplaints } from '../../functions/publish/complaints.ts';
import { formatToldAlerts } from '../../functions/wire/alerts-header.ts';
import { until } from '../kit/until.ts';
import { pod, put } from '../kit/objects.ts';
import { config, SERVICES, startPublisher, VARIANT } from '../publish/start.ts';

const TEMPLATE = `{% for service in services %}backend {{ service.name }}
{%- for pod in service.pods.values() %}
    server {{ pod.metadata.name }} {{ pod.status.podIP }} check
{%- endfor %}
{% endfor %}`;

const refusal = (revision: string, reason: string, alerts?: string): Question => ({
  variant: VARIANT,
  known: { kind: 'any' },
  waitMs: 0,
  refused: { revision, reason, ...(alerts !== undefined && { alerts }) },
});

async function serving(t: Parameters<typeof startPublisher>[0]) {
  const started = startPublisher(t);
  const pods = ['1', '2'].map((n) => put(pod({ name: `web-${n}`, ip: `10.0.0.${n}` })));
  started.deliver([SERVICES, config(TEMPLATE), ...pods]);
  const text = await started.text();
  const revision = started.publisher.status().intent.current?.hash ?? '';
  const { publisher } = started;
  const complain = (reason: string, alerts?: string) => {
    publisher.ask(refusal(revision, reason, alerts), () => undefined);
    return until('it is found', () => publisher.complaint?.({ revision, reason }));
  };
  return { ...started, text, complain };
}

const SERVER = { key: 'template', line: 3, column: 5, service: 'web' };

test('by the text of the line, wherever it stands by now', async (t) => {
  const { text, complain, deliver } = await serving(t);
  const [file, line] = ['haproxy.cfg', 3];
  const files = [{ path: file, content: text }];
  const alerts = formatToldAlerts([{ file, line, message: 'no good' }], files);
  deliver([put(pod({ name: 'web-0', ip: '10.0.0.9' }))]);
  const found = await complain('check-failed: haproxy.cfg:3: no good', alerts);
  assert.equal(found.text, '    server web-2 10.0.0.2 check');
  assert.deepEqual(found.origin, { ...SERVER, pod: { namespace: 'shop', name: 'web-2' } });
});

test('by file and line in words, and by a name in quotes', async (t) => {
  const { complain } = await serving(t);
  const byLine = await complain('check-failed: haproxy.cfg:2: no good');
  assert.deepEqual(byLine.origin, { ...SERVER, pod: { namespace: 'shop', name: 'web-1' } });
  const byName = await complain("reload-failed: backend 'web' has no good server");
  assert.deepEqual([byName.line, byName.origin?.service], [1, 'web']);
});

test('each refusal is looked into once, however many proxies say it; one that must wait, again', async () => {
  const answers: ExplainAnswer[] = [{ kind: 'busy' }];
  let asked = 0;
  const explain: Explain = async () => {
    asked += 1;
    const none = { kind: 'failed', diagnostics: [] } as const;
    return answers.shift() ?? none;
  };
  const silent = () => undefined;
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const { see } = createComplaints({ explain, log });
  const seen = refusal('sha256:1', 'check-failed: haproxy.cfg:2: no');
  for (let i = 0; i < 3; i++) {
    for (let n = 0; n < 1000; n++) see(seen);
    await new Promise(setImmediate);
  }
  assert.equal(asked, 2);
  see(refusal('sha256:1', 'haproxy-away: nothing is there'));
  assert.equal(asked, 2, 'about no line');
});
