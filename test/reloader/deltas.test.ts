import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AS_OF_HEADER } from '../../functions/wire/as-of.ts';
import { type Bundle, hashFiles } from '../../functions/wire/bundle.ts';
import { formatDelta, makeDelta } from '../../functions/wire/delta.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { type RunningReloader, startReloader } from '../kit/reloader.ts';
import { bundleOf, type Misbehaviour } from '../kit/renderer.ts';
import { running } from '../kit/running.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';

interface Forms {
  readonly delta: number;
  readonly doubt: number;
  readonly whole: number;
}

async function formsOf(reloader: RunningReloader): Promise<Forms> {
  const { bundleForms } = (await reloader.status()).counts;
  return { delta: 0, doubt: 0, whole: 0, ...bundleForms };
}

/** A folder of manifests, whose template has a line for each version. */
async function manifests(port: number) {
  const from = await folder();
  const put = async (version: number) => {
    const template = proxying(port, 9, `  http-request set-header x-version ${version}`);
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'config', namespace: 'lb' },
      data: { template },
    };
    const services = { ...config, metadata: { name: 'services', namespace: 'lb' }, data: {} };
    const list = { kind: 'List', items: [config, services] };
    await writeFile(join(from, '.next'), JSON.stringify(list));
    await rename(join(from, '.next'), join(from, 'all.json'));
  };
  return { from, put };
}

const etagOf = async (url: string, stateDir: string, version: number) =>
  until(`version ${version} is served`, async () => {
    const current = join(stateDir, 'current');
    const query = `ssldir=${current}/ssl&filesdir=${current}/files`;
    const answer = await fetch(`${url}/haproxy.cfg?${query}`);
    const isServed = (await answer.text()).includes(`x-version ${version}\n`);
    return isServed ? answer.headers.get('etag')?.slice(1, -1) : undefined;
  });

test('a reloader takes what is new alone, and the whole of a service that was started anew', async (t) => {
  const [stateDir, { from, put }] = [await folder(), await manifests(await freePort())];
  await put(1);
  const service = await startServiceProcess(t, { from });
  const reloader = await startReloader(t, { stateDir, renderer: service.url });
  await reloader.isLive(await etagOf(service.url, stateDir, 1));
  assert.deepEqual(await formsOf(reloader), { delta: 0, doubt: 0, whole: 1 });
  for (const version of [2, 3]) {
    await put(version);
    await reloader.isLive(await etagOf(service.url, stateDir, version));
  }
  assert.deepEqual(await formsOf(reloader), { delta: 2, doubt: 0, whole: 1 });

  service.child.kill('SIGKILL');
  await once(service.child, 'exit');
  await put(4);
  const again = await startServiceProcess(t, { from, listen: new URL(service.url).host });
  await reloader.isLive(await etagOf(again.url, stateDir, 4));
  assert.deepEqual(await formsOf(reloader), { delta: 2, doubt: 0, whole: 2 });
  await put(5);
  await reloader.isLive(await etagOf(again.url, stateDir, 5));
  assert.deepEqual(await formsOf(reloader), { delta: 3, doubt: 0, whole: 2 });
  const metrics = (await reloader.get('/metrics')).text;
  assert.match(metrics, /^haproxy_reloader_bundles_total\{form="delta"\} 3$/m);
});

interface Sent {
  readonly base: string;
  readonly etag: string;
  readonly im: string;
  readonly body: string | Buffer;
}

/** Answers with a delta who takes one, and with the whole whoever asks for that. */
const sends =
  (bundle: Bundle, sent: Sent): Misbehaviour =>
  ({ headers }, response) => {
    const shared = { [AS_OF_HEADER]: '', etag: `"${sent.etag}"` };
    if (headers['if-none-match'] === undefined)
      return void response.writeHead(200, shared).end(JSON.stringify({ ...bundle, asOf: '' }));
    const isThere = headers['if-none-match'] === `"${bundle.etag}"`;
    if (isThere) return void setTimeout(() => response.writeHead(304, shared).end(), 50);
    assert.equal(headers['a-im'], 'bundle-lines, gzip');
    response
      .writeHead(226, { ...shared, im: sent.im, 'delta-base': `"${sent.base}"` })
      .end(sent.body);
  };

interface Pair {
  readonly base: Bundle;
  readonly next: Bundle;
  readonly delta: string;
}

const other = bundleOf('frontend other\n');
const DOUBTS: readonly (readonly [string, (pair: Pair) => Partial<Sent>])[] = [
  ['that is garbage', () => ({ body: '{"schema":1,"files":[[' })],
  [
    'that is cut short',
    ({ delta }) => ({ body: gzipSync(delta).subarray(0, -9), im: 'bundle-lines, gzip' }),
  ],
  ['of another bundle', () => ({ base: other.etag })],
  ['in a form that was not asked for', () => ({ im: 'vcdiff' })],
  ['that does not give the hash', () => ({ etag: hashFiles(other.files) })],
  ['that has another line', ({ delta }) => ({ body: delta.replace('x-version', 'x-other') })],
  ['of lines that are not there', ({ delta }) => ({ body: delta.replace(/\[\[\d+/, '[[9999') })],
];

/** A reloader that runs one bundle, and the next one. */
async function pairOf(t: TestContext) {
  const { renderer, reloader, good, config, start } = await running(t);
  let [base, n] = [good, 0];
  const next = (): Pair => {
    n += 1;
    const bundle = bundleOf(config(`  http-request set-header x-version ${n}`));
    const pair = { base, next: bundle, delta: formatDelta(makeDelta(base.files, bundle.files)) };
    base = bundle;
    return pair;
  };
  return { renderer, reloader, next, start };
}

test('where a delta leaves any doubt the whole is fetched', async (t) => {
  const { renderer, reloader, next } = await pairOf(t);
  for (const [what, doubtful] of DOUBTS)
    await t.test(`a delta ${what}`, async () => {
      const pair = next();
      const before = await formsOf(reloader);
      const { etag } = pair.next;
      const fine = { base: pair.base.etag, etag, im: 'bundle-lines', body: pair.delta };
      renderer.misbehave(sends(pair.next, { ...fine, ...doubtful(pair) }));
      await reloader.isLive(etag);
      assert.deepEqual(await formsOf(reloader), { ...before, doubt: before.doubt + 1 });
    });
  assert.match(reloader.log(), /cannot use a delta; fetched the whole bundle.*"code":"delta-base"/);

  const pair = next();
  const packed = gzipSync(pair.delta);
  const { etag } = pair.next;
  const fine = { base: pair.base.etag, etag, im: 'bundle-lines, gzip', body: packed };
  renderer.misbehave(sends(pair.next, fine));
  await reloader.isLive(etag);
  assert.equal((await formsOf(reloader)).delta, 1);
});
