import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as open } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { AccessRequest, Authenticator } from '../../functions/access/authenticator.ts';
import type { ServerLimits } from '../../functions/server/server.ts';
import type { EvidenceCollector } from '../../functions/publish/publication.ts';
import { BY_STREAM, EVIDENCE_HEADER } from '../../functions/wire/evidence.ts';
import { until } from '../kit/until.ts';
import { memoryPublisher } from './memory-publisher.ts';
import { start } from './start.ts';

const LINE = 'v=1;r=aaaaaaaaaaaaaaaa;w=10;rq=5;e5=0;di=0;oo=0';

/** A service whose publisher asks each proxy for evidence over ten seconds, and keeps what it is told. */
async function startAsking(
  t: TestContext,
  given: { argv?: string[]; authenticator?: Authenticator; limits?: Partial<ServerLimits> } = {},
) {
  const noted: [string, string][] = [];
  let isWanted = true;
  const evidence: EvidenceCollector = {
    note: ({ name, fleet }, text) => {
      if (text !== undefined) noted.push([`${fleet} ${name}`, text]);
    },
    windowOf: () => (isWanted ? 10 : undefined),
  };
  const publisher = Object.assign(memoryPublisher(), { evidence });
  const started = await start(t, { publisher, ...given });
  const dismiss = () => {
    isWanted = false;
  };
  return { ...started, publisher, noted, dismiss };
}

/** Sends a body that lasts, in parts. */
function stream(
  t: TestContext,
  url: string,
  path = '/evidence',
  headers: Record<string, string> = { 'x-proxy-name': 'a' },
) {
  const sent = open(url + path, { method: 'POST', headers });
  t.after(() => sent.destroy());
  sent.flushHeaders();
  sent.on('error', () => undefined);
  const answered = once(sent, 'response').then(([answer]: IncomingMessage[]) => {
    const ended = answer && once(answer.resume(), 'end');
    return { status: answer?.statusCode, ended };
  });
  return { sent, answered };
}

test('what proxies count comes as lines of a body that lasts, whole however they are cut', async (t) => {
  const { noted, service } = await startAsking(t, { argv: ['--params=zone'] });
  const { sent, answered } = stream(t, service.url, '/evidence?zone=b');
  assert.equal((await answered).status, 200, 'it is answered before it ends');
  sent.write(`\n${LINE}\n${LINE.slice(0, 9)}`);
  await until('the first is noted', () => noted.length === 1);
  sent.write(`${LINE.slice(9)}\n${'x'.repeat(2000)}`);
  sent.write(`${'x'.repeat(2000)}\n${LINE}\n`);
  await until('all are noted', () => noted.length === 3);
  assert.deepEqual(noted, Array(3).fill(['zone=b a', LINE]));
  sent.end();
  await (await answered).ended;
});

test('a poll whose evidence comes by a stream is held for as long as it asks for, while that is wanted', async (t) => {
  const { ask, publisher, dismiss } = await startAsking(t);
  const { etag } = publisher.publish('one\n');
  const signal = AbortSignal.timeout(20_000);
  const heldMs = async (told: string) => {
    const before = publisher.asked.length;
    const known = { 'if-none-match': `"${etag}"`, prefer: 'wait=50', 'x-proxy-name': 'a' };
    const headers = { ...known, [EVIDENCE_HEADER]: told };
    ask('/bundle', { headers, signal }).catch(() => undefined);
    await until('it is asked', () => publisher.asked.length > before);
    return publisher.asked.at(-1)?.maxMs;
  };
  const byPoll = await heldMs(LINE);
  assert.ok(byPoll !== undefined && byPoll > 9_000 && byPoll < 11_000, `${byPoll}`);
  assert.equal(await heldMs(BY_STREAM), undefined);
  dismiss();
  assert.equal(await heldMs(BY_STREAM), 0);
  assert.equal(await heldMs(LINE), undefined);
});

test('a stream needs a name and known parameters, and is refused where nobody asks for evidence', async (t) => {
  const { service } = await startAsking(t);
  assert.equal((await stream(t, service.url, '/evidence', {}).answered).status, 400);
  assert.equal((await stream(t, service.url, '/evidence?color=red').answered).status, 400);
  const other = await start(t);
  assert.equal((await stream(t, other.service.url).answered).status, 404);
});

test('a body that drips in is cut off, but not one of evidence that is taken', async (t) => {
  const { service, noted } = await startAsking(t, { limits: { requestTimeoutMs: 300 } });
  const taken = stream(t, service.url);
  assert.equal((await taken.answered).status, 200);
  const others = [stream(t, service.url, '/render'), stream(t, service.url, '/status')];
  const statuses = await Promise.all(others.map(async ({ answered }) => (await answered).status));
  assert.deepEqual(statuses, [408, 405]);
  const refused = stream(t, service.url, '/evidence', {});
  assert.equal((await refused.answered).status, 400);
  await once(refused.sent, 'close');
  taken.sent.write(`${LINE}\n`);
  await until('it is still taken', () => noted.length === 1);
  taken.sent.end();
  await (await taken.answered).ended;
});

test('whoever may poll may report, under the name that is its own, for as long as that is known', async (t) => {
  const asked: AccessRequest[] = [];
  const authenticator: Authenticator = {
    describes: 'a test',
    async admit(request) {
      asked.push(request);
      return { kind: 'allowed', name: 'pod', proven: ['pod'], until: Date.now() + 500 };
    },
  };
  const { service, noted } = await startAsking(t, { authenticator });
  const foreign = stream(t, service.url, '/evidence', { 'x-proxy-name': 'another' });
  assert.equal((await foreign.answered).status, 403);
  const { sent, answered } = stream(t, service.url, '/evidence', { 'x-proxy-name': 'pod' });
  sent.write(`${LINE}\n`);
  await (await answered).ended;
  assert.deepEqual(noted, [[' pod', LINE]]);
  const wanted = asked.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(wanted, ['GET /bundle', 'GET /bundle']);
});

test('a service that stops ends streams at once', async (t) => {
  const { service } = await startAsking(t);
  const { answered } = stream(t, service.url);
  const { ended } = await answered;
  await Promise.all([service.stop(), ended]);
});

test('GET has no stream', async (t) => {
  const { ask } = await startAsking(t);
  const { status, headers } = await ask('/evidence');
  assert.deepEqual([status, headers.allow], [405, 'POST']);
});
