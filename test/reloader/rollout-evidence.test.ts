import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  EVIDENCE_HEADER,
  parseEvidence,
  revisionMark,
  WINDOW_HEADER,
} from '../../functions/wire/evidence.ts';
import { REVISION_HEADER } from '../../functions/wire/revision.ts';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { killHaproxy, startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

const [FIRST, SECOND] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];

test('during a rollout a reloader tells how its HAProxy did before, and at once that it has died', async (t) => {
  const backend = await startBackend(t, 'good');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const version = (n: number) =>
    bundleOf(proxying(port, backend.port, `  http-request set-header x-version ${n}`));
  const told = () =>
    renderer.seen.flatMap(({ headers }) => parseEvidence(String(headers[EVIDENCE_HEADER])) ?? []);
  const reloader = await startReloader(t, { stateDir: await folder(), renderer: renderer.url });
  renderer.tell({ [REVISION_HEADER]: FIRST });
  renderer.serve(version(1));
  await reloader.isLive(version(1).etag);
  for (let request = 0; request < 3; request++) await get(port);
  assert.deepEqual(told(), [], 'nobody asked');

  renderer.tell({ [REVISION_HEADER]: SECOND, [WINDOW_HEADER]: '10' });
  renderer.serve(version(2));
  await reloader.isLive(version(2).etag);
  const [life] = await until('it tells of its life', () =>
    told().length > 0 ? told() : undefined,
  );
  assert.deepEqual([life?.revision, life?.answers], [revisionMark(FIRST), 3]);
  const { headers } = renderer.seen.at(-1) ?? {};
  assert.equal(headers?.prefer, 'wait=11', 'its polls are as long as its windows');

  await killHaproxy(reloader.socket);
  const dead = await until('it tells of the death', () => told().find(({ deaths }) => deaths > 0));
  assert.equal(dead.revision, revisionMark(SECOND));
  await until('HAProxy is there again', async () => (await get(port)).text === 'good');
});

test('where the reloader is killed together with its HAProxy, the next one tells of the death; not where it ended in order', async (t) => {
  const backend = await startBackend(t, 'good');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const bundle = bundleOf(proxying(port, backend.port));
  renderer.tell({ [REVISION_HEADER]: FIRST, [WINDOW_HEADER]: '10' });
  renderer.serve(bundle);
  const stateDir = await folder();
  const start = async () => {
    const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
    await reloader.isLive(bundle.etag);
    return reloader;
  };
  const restart = async () => {
    const before = renderer.seen.length;
    const reloader = await start();
    const told = await until('it tells of HAProxy', () =>
      renderer.seen
        .slice(before)
        .flatMap(({ headers }) => parseEvidence(String(headers[EVIDENCE_HEADER])) ?? [])
        .at(0),
    );
    return { reloader, told };
  };
  const first = await start();
  await until('it is noted that HAProxy is watched', () =>
    readFile(join(stateDir, 'watched.json')),
  );
  await first.end('SIGKILL');
  await killHaproxy(first.socket);
  const second = await restart();
  assert.equal(second.told.deaths, 1);
  assert.equal(await second.reloader.end(), 0);
  const third = await restart();
  assert.equal(third.told.deaths, 0);
});

test('where the renderer takes a stream, evidence goes by it and polls are as long as ever; where it ends, by another one, or with polls', async (t) => {
  const backend = await startBackend(t, 'good');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const lines = renderer.takeEvidence();
  const reloader = await startReloader(t, { stateDir: await folder(), renderer: renderer.url });
  let version = 0;
  const serve = async (windowS: string | undefined) => {
    version += 1;
    const more = `  http-request set-header x-version ${version}`;
    const bundle = bundleOf(proxying(port, backend.port, more));
    renderer.tell({ [REVISION_HEADER]: FIRST, ...(windowS && { [WINDOW_HEADER]: windowS }) });
    renderer.serve(bundle);
    await reloader.isLive(bundle.etag);
  };
  const streams = (all: number, lasting: number) =>
    until(`${lasting} of ${all} last`, () => {
      const now = renderer.evidenceStreams();
      return now.all === all && now.lasting === lasting;
    });
  const poll = (wait: RegExp, evidence: RegExp) =>
    until(`a poll has ${wait}`, () => {
      const { headers = {} } = renderer.seen.at(-1) ?? {};
      return wait.test(String(headers.prefer)) && evidence.test(String(headers[EVIDENCE_HEADER]));
    });

  await serve('10');
  await streams(1, 1);
  await killHaproxy(reloader.socket);
  const dead = await until('it tells of the death', () =>
    lines.map(parseEvidence).find((told) => (told?.deaths ?? 0) > 0),
  );
  assert.equal(dead.revision, revisionMark(FIRST));
  await poll(/^wait=50$/, /^stream$/);

  renderer.endEvidence();
  await streams(2, 1);
  await serve(undefined);
  await streams(2, 0);
  await poll(/^wait=50$/, /^undefined$/);
  renderer.refuseEvidence();
  await serve('10');
  await poll(/^wait=[12]\d$/, /^v=1;/);
});

test('where a proxy in between keeps bodies back until they are whole, evidence goes with polls', async (t) => {
  const backend = await startBackend(t, 'good');
  const [port, between] = [await freePort(), await freePort()];
  const renderer = await startRenderer(t);
  const lines = renderer.takeEvidence();
  const at = await folder();
  const [config, socket] = [join(at, 'between.cfg'), join(at, 'between.sock')];
  const keepsBack = '  option http-buffer-request\n  timeout http-request 1s';
  const passing = proxying(between, Number(new URL(renderer.url).port), keepsBack);
  await writeFile(config, `${passing}  timeout server 60s\n`);
  await startHaproxy(t, { config, socket });
  const bundle = bundleOf(proxying(port, backend.port));
  renderer.tell({ [REVISION_HEADER]: FIRST, [WINDOW_HEADER]: '10' });
  renderer.serve(bundle);
  const reloader = await startReloader(t, {
    stateDir: await folder(),
    renderer: `http://127.0.0.1:${between}`,
  });
  await reloader.isLive(bundle.etag);
  await killHaproxy(reloader.socket);
  const told = () =>
    renderer.seen.flatMap(({ headers }) => parseEvidence(String(headers[EVIDENCE_HEADER])) ?? []);
  await until('it tells of the death', () => told().find(({ deaths }) => deaths > 0));
  assert.deepEqual([renderer.evidenceStreams().all, lines], [0, []]);
});
