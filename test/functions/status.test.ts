import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPollers } from '../../functions/http/pollers.ts';
import { createRenderStats } from '../../functions/publish/render-stats.ts';
import type { Source } from '../../functions/core/source.ts';
import { memoryPublisher } from './memory-publisher.ts';
import { start } from './start.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const DAY = 86_400_000;
const certificate = (name: string, days: number) => ({
  name,
  hostnames: [`${name}.example`],
  expiresAt: NOW + days * DAY,
  fingerprint256: 'AB:CD',
});
const diagnostic = (code: string) =>
  ({
    severity: 'error',
    code,
    message: `${code} happened`,
    hint: 'Mend it.',
    where: { object: 'configmaps/lb/services', key: 'web', line: 2, column: 7, excerpt: 'x\n^' },
  }) as const;
const source: Source = {
  describes: 'a test',
  run: () => Promise.resolve(),
  status: () => [
    { collection: 'configmaps/lb', isSynced: true, currentAt: NOW - 1500, objects: 3 },
    { collection: 'pods/shop', isSynced: false, stale: diagnostic('forbidden'), objects: 0 },
  ],
  diagnostics: () => [diagnostic('manifest-syntax')],
};

async function started(t: Parameters<typeof start>[0]) {
  const renders = createRenderStats(() => NOW);
  const certificates = [
    certificate('long', 90),
    certificate('month', 29),
    certificate('fortnight', 13),
    certificate('soon', 2),
    certificate('gone', -1),
  ];
  const publisher = memoryPublisher({ certificates });
  const service = await start(t, { publisher, source, renders, now: () => NOW });
  renders.note({ outcome: 'changed', seconds: 0.02 });
  renders.note({ outcome: 'killed', seconds: 10 });
  return service;
}

test('/status tells all that is wrong, how the sources fare, and what each proxy runs', async (t) => {
  const { ask, publisher } = await started(t);
  const { etag } = publisher.publish('one\n');
  publisher.fail(diagnostic('template-syntax'));
  const poll = (name: string, headers: Record<string, string>) =>
    ask('/bundle', { headers: { 'x-proxy-name': name, 'user-agent': 'reloader/1', ...headers } });
  await poll('edge-1', { 'x-running-hash': etag });
  await poll('edge-2', {
    'x-running-hash': 'sha256:old',
    'x-refused-hash': etag,
    'x-refused-reason': 'line 3: unknown keyword \u00e9<script>',
  });
  const answer = await ask('/status');
  assert.equal((await ask('/')).text, answer.text);
  const status = JSON.parse(answer.text);
  assert.deepEqual([status.version, status.isReady, status.asOf], ['1.0.0', true, 'pods/shop:5-9']);
  const codes = status.diagnostics.map((d: { code: string }) => d.code);
  assert.deepEqual(codes.sort(), [
    'certificate-expired',
    'certificate-expires',
    'certificate-expires',
    'certificate-expires',
    'forbidden',
    'manifest-syntax',
    'template-syntax',
  ]);
  const { where } = status.diagnostics.find((d: { code: string }) => d.code === 'template-syntax');
  assert.deepEqual(where, diagnostic('x').where);
  assert.deepEqual(status.sources[0], {
    collection: 'configmaps/lb',
    isSynced: true,
    objects: 3,
    ageSeconds: 1.5,
    currentAt: '2029-12-31T23:59:58.500Z',
  });
  assert.equal(status.sources[1].stale.code, 'forbidden');
  assert.equal(status.certificates[0].secondsLeft, 90 * 86_400);
  assert.equal(status.variants[0].etag, etag);
  assert.equal(status.variants[0].failure.code, 'template-syntax');
  assert.deepEqual(
    [status.pollers.known, status.pollers.converged, status.pollers.refusing],
    [2, 1, 1],
  );
  const [refusing, fine] = status.pollers.list;
  assert.equal(refusing.name, 'edge-2');
  assert.deepEqual(refusing.refused, {
    ...{ etag, reason: 'line 3: unknown keyword ?<script>' },
    since: '2030-01-01T00:00:00.000Z',
  });
  assert.deepEqual([fine.name, fine.running, fine.isConverged], ['edge-1', etag, true]);
  assert.deepEqual(status.renders.last, {
    outcome: 'killed',
    seconds: 10,
    at: '2030-01-01T00:00:00.000Z',
  });
});

test('/status warns of a fleet that balances differently, and shows no configuration', async (t) => {
  const { ask, publisher } = await started(t);
  const server = '  server a 10.0.0.1:80\n';
  publisher.publish(
    `defaults\n  mode http\nbackend even\n  balance source\n${server}backend b\n${server}`,
  );
  const poll = (name: string, version: string) =>
    ask('/bundle', { headers: { 'x-proxy-name': name, 'x-haproxy-version': version } });
  const warnings = async () => {
    const { diagnostics, variants, pollers } = JSON.parse((await ask('/status')).text);
    assert.equal(variants[0].config, undefined);
    const found = diagnostics.filter((d: { code: string }) => d.code === 'mixed-balance');
    return { found, pollers };
  };
  await poll('edge-1', '3.2.26-1');
  await poll('edge-2', '2.6.12-1+deb12u4');
  assert.deepEqual((await warnings()).found, []);
  await poll('edge-3', '3.4.7-1');
  const { found, pollers } = await warnings();
  assert.equal(found.length, 1);
  assert.match(found[0].message, /^HAProxy 2\.6\.12-1\+deb12u4 and 3\.4\.7-1 .*: b$/);
  assert.deepEqual(found[0].where, { object: 'configmaps/lb/config', key: 'template' });
  assert.equal(pollers.list.at(-1).haproxy, '3.4.7-1');
  publisher.publish(`defaults\n  balance roundrobin\nbackend b\n${server}`);
  assert.deepEqual((await warnings()).found, []);
});

test('/metrics tells the same in numbers', async (t) => {
  const { ask, publisher } = await started(t);
  const { etag } = publisher.publish('one\n');
  await ask('/bundle', { headers: { 'x-proxy-name': 'edge-1', 'x-running-hash': etag } });
  await ask('/nothing');
  const { text, headers } = await ask('/metrics');
  assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  for (const line of [
    'ready 1',
    'renders_total{outcome="changed"} 1',
    'renders_total{outcome="killed"} 1',
    'renders_total{outcome="failed"} 0',
    'render_seconds_count 2',
    'pollers 1',
    'pollers_converged 1',
    'pollers_refusing 0',
    'held_polls 0',
    'source_age_seconds{collection="configmaps/lb"} 1.5',
    'source_stale{collection="pods/shop"} 1',
    'source_stale{collection="configmaps/lb"} 0',
    'certificate_expiry_seconds{certificate="soon"} 172800',
    'certificate_expiry_seconds{certificate="gone"} -86400',
    'diagnostics{code="certificate-expires",severity="warning"} 2',
    'diagnostics{code="certificate-expires",severity="error"} 1',
    'http_requests_total{function="bundle",status="200"} 1',
    'http_requests_total{function="none",status="404"} 1',
    'bundle_bytes{variant="ssldir=/etc/haproxy/ssl&filesdir=/etc/haproxy/files"}',
  ])
    assert.ok(text.includes(`\nkubernetes_haproxy_${line}`), line);
  assert.match(text, /\nprocess_resident_memory_bytes \d+/);
});

test('the sweep at the start logs certificates that end, the urgent ones as errors', async (t) => {
  const { lines } = await started(t);
  const told = lines.filter(({ message }) => message === 'certificate expires');
  assert.deepEqual(
    told.map(({ level, detail }) => [level, String(detail).split(' ').slice(1, 3).join(' ')]),
    [
      ['warn', 'fortnight expires'],
      ['error', 'gone expired'],
      ['warn', 'month expires'],
      ['error', 'soon expires'],
    ],
  );
});

test('a proxy that proves its name goes by no other', () => {
  const pollers = createPollers({ now: () => 0 });
  const see = (name: string | undefined, proven?: readonly string[]) =>
    pollers.see(
      {
        method: 'GET',
        path: '/bundle',
        search: '',
        headers: { 'x-proxy-name': name },
        body: new Uint8Array(),
        peer: '127.0.0.1',
        proven,
        gone: () => new AbortController().signal,
      },
      { variant: 'v', fleet: '' },
    )?.name;
  const pod = ['haproxy-x1', 'node-7'];
  assert.equal(see('haproxy-x1', pod), 'haproxy-x1');
  assert.equal(see('node-7', pod), 'haproxy-x1', 'by the name of its node, in the host network');
  assert.equal(see(undefined, pod), undefined, 'no reloader');
  assert.equal(see('anything', []), 'anything', 'nothing is proven');
  assert.equal(see('anything'), 'anything');
  assert.throws(() => see('haproxy-x2', pod), { code: 'foreign-name' });
});

test('pollers are bounded in number and age', () => {
  let now = 0;
  const pollers = createPollers({ now: () => now, max: 2 });
  const see = (name: string) =>
    pollers.see(
      {
        method: 'GET',
        path: '/bundle',
        search: '',
        headers: { 'x-proxy-name': name },
        body: new Uint8Array(),
        peer: '127.0.0.1',
        gone: () => new AbortController().signal,
      },
      { variant: 'v', fleet: '' },
    );
  const names = () => pollers.list().map(({ name }) => name);
  for (const name of ['c', 'a', 'c', 'b', '', 'x'.repeat(500)]) {
    see(name);
    now += 1000;
  }
  assert.deepEqual(names(), ['b', 'x'.repeat(253)]);
  now += 598_500;
  assert.deepEqual(names(), ['x'.repeat(253)]);
  now += 1_000;
  assert.deepEqual(names(), []);
});
