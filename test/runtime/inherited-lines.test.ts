import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isInherited } from '../../reloader/config/inherited-line.ts';
import { parseLine } from '../../reloader/config/line.ts';
import { probe } from '../../reloader/haproxy/probe.ts';
import { plan, type Release } from '../../reloader/plan.ts';
import { createTombstones } from '../../reloader/runtime/tombstones.ts';
import { runOperations } from '../../reloader/runtime.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { HAPROXY, startHaproxy } from './haproxy.ts';
import { askInFull } from './services.ts';

/** Lines of `defaults`, some of which need another one; in each the first is what the case is about. */
const CASES: readonly (readonly string[])[] = [
  ['acl denied path /deny', 'http-request deny if denied'],
  ['balance leastconn'],
  ['balance hash req.fhdr(x-key)', 'hash-type consistent'],
  ['balance url_param k', 'hash-type consistent', 'hash-balance-factor 150'],
  ['balance first'],
  ['cookie S insert indirect nocache'],
  ['cookie S prefix'],
  ['errorfile 503 FILES/503.http'],
  ['errorloc302 503 http://elsewhere.test/'],
  ['fullconn 10'],
  ['http-after-response set-header x-after yes'],
  ['http-check send meth GET uri /z', 'option httpchk'],
  ['http-error status 503 content-type text/plain string sad hdr x-sad yes'],
  ['http-request add-header x-name %[be_name]'],
  ['http-request auth if { path /deny }'],
  ['http-request del-header x-key'],
  ['http-request deny if { path /deny }'],
  ['http-request early-hint link x'],
  ['http-request pause 5'],
  ['http-request redirect location /z if { path /deny }'],
  ['http-request reject if { path /deny }'],
  ['http-request replace-path /deny /granted'],
  ['http-request return status 200 content-type text/plain lf-string %[be_name] if { path /deny }'],
  ['http-request set-path /elsewhere'],
  [
    'http-request set-map(FILES/m.map) a b',
    'http-request set-header x-m %[str(a),map(FILES/m.map)]',
  ],
  ['http-request set-timeout server 2s'],
  ['http-request set-var(txn.a) str(1)', 'http-response set-header x-var %[var(txn.a)]'],
  ['http-request silent-drop if { path /deny }'],
  ['http-request track-sc0 src table tracked', 'http-response set-header x-tracked %[sc0_tracked]'],
  ['http-request wait-for-body time 1s'],
  ['http-response del-header server'],
  ['http-response deny if { str(1) 1 }'],
  ['http-response set-status 201'],
  ['http-reuse always'],
  ['http-send-name-header x-server'],
  ['log 127.0.0.1:9 local0'],
  ['no option httpclose'],
  ['option allbackups'],
  ['option forwardfor'],
  ['option httpchk GET /hc', 'http-check expect status 200'],
  ['option persist'],
  ['option redispatch'],
  ['option tcp-check', 'tcp-check connect'],
  ['retry-on all-retryable-errors'],
  ['source 127.0.0.1'],
  ['stats enable', 'stats uri /some-stats'],
  ['tcp-request content reject if { path /deny }'],
  ['tcp-request inspect-delay 1s', 'tcp-request content accept if HTTP'],
  ['tcp-response content accept'],
  ['timeout tunnel 1s'],
];

/** What is not sure to hold, or was seen not to. */
const REFUSED: readonly string[] = [
  'compression algo gzip',
  'email-alert level info',
  'errorfiles some',
  'external-check path /bin',
  'filter trace',
  'http-request cache-use some',
  'http-request capture req.hdr(host) len 10',
  'http-request lua.some',
  'http-request send-spoe-group a b',
  'http-request set-bandwidth-limit some',
  'http-request use-service prometheus-exporter',
  'http-response cache-store some',
  'option external-check',
  'option transparent',
  'no option transparent',
  'tcp-request content send-spoe-group a b',
  'tcp-request content set-bandwidth-limit some',
];

/** Tells what it was asked, so that what HAProxy did to a request shows. */
async function startEcho(t: TestContext): Promise<number> {
  const server = createServer((request, response) => {
    response.setHeader('server', 'echo');
    response.end(JSON.stringify([request.url, request.headers]));
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const PATHS = ['/', '/deny?k=1', '/some-stats'];

const lineOf = (text: string) => {
  const result = parseLine(text, 1);
  return result.kind === 'words' ? result.line : assert.fail(text);
};

test('which lines hold for a backend that is added', () => {
  for (const line of CASES.flat()) assert.ok(isInherited(lineOf(line)), line);
  for (const line of REFUSED) assert.ok(!isInherited(lineOf(line)), line);
});

test('they do for one that is added as for one that a start reads', async (t) => {
  const root = await folder();
  const [port, closed] = [await startEcho(t), await freePort()];
  const defaults = CASES.map(
    (lines, i) => `defaults d${i} from base\n${lines.map((line) => `  ${line}\n`).join('')}`,
  );
  /** `up` has a server that answers, `down` none. */
  const backends = (kind: string) =>
    CASES.map(
      (_, i) => `backend ${kind}-up-${i} from d${i}
  server s1 127.0.0.1:${port} cookie c
backend ${kind}-down-${i} from d${i}
  server s1 127.0.0.1:${closed}
`,
    );
  const config = (parts: readonly string[]) =>
    `defaults base
  mode http
  retries 0
  option httpclose
  timeout connect 1s
  timeout client 5s
  timeout server 5s
  timeout tarpit 10ms
backend tracked from base
  stick-table type ip size 10 expire 1m store http_req_cnt
frontend f from base
  bind unix@${root}/http.sock
  use_backend %[req.hdr(host)]
${[...defaults, ...parts].join('').replaceAll('FILES', `${root}/files`)}`;
  const files = {
    'files/503.http': 'HTTP/1.0 503 Sad\r\ncontent-type: text/plain\r\n\r\nsad\n',
    'files/m.map': 'z z\n',
  };
  const before = config(backends('begun'));
  const capabilities = (await probe(HAPROXY)) ?? assert.fail(`no HAProxy at ${HAPROXY}`);
  const releaseOf = (content: string): Release => [{ path: 'haproxy.cfg', content }];
  const decided = plan({
    old: releaseOf(before),
    new: releaseOf(config([...backends('begun'), ...backends('added')])),
    root,
    capabilities,
  });
  if (!capabilities.addsBackends) {
    assert.equal(decided.kind, 'reload');
    return;
  }
  assert.ok(decided.kind === 'runtime', JSON.stringify(decided));
  const instance = await startHaproxy(t, { root, config: before, files });
  const session = instance.open('worker');
  const { operations } = decided;
  const result = await runOperations({ operations, session, tombstones: createTombstones() });
  session.close();
  assert.equal(result.kind, 'applied', JSON.stringify(result));
  for (const [i, lines] of CASES.entries())
    for (const state of ['up', 'down'])
      for (const path of PATHS) {
        const answers: string[] = [];
        for (const kind of ['begun', 'added']) {
          const name = `${kind}-${state}-${i}`;
          const answer = await askInFull(root, name, path);
          answers.push(answer.replaceAll(name, 'NAME'));
        }
        const [begun, added] = answers;
        if (path === '/some-stats') assert.equal(added?.split('\n')[0], begun?.split('\n')[0]);
        else assert.equal(added, begun, `${lines.join(', ')}: ${state} ${path}`);
      }
});
