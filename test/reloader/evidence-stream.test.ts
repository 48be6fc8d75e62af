import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createLog } from '../../functions/wire/log.ts';
import { createEvidenceStream } from '../../reloader/evidence/stream.ts';
import { until } from '../kit/until.ts';

/** A renderer that answers so, and a stream to it. */
async function start(t: TestContext, answer: RequestListener) {
  const counted = { asked: 0, lost: 0, ms: 0 };
  const server = createServer((request, response) => {
    counted.asked += 1;
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stream = createEvidenceStream({
    renderer: new URL(`http://127.0.0.1:${port}/base`),
    query: { zone: 'a' },
    name: 'proxy',
    onLost: () => {
      counted.lost += 1;
    },
    log: createLog({
      component: 'reloader',
      level: 'error',
      format: 'json',
      write: () => undefined,
    }),
    now: () => counted.ms,
  });
  const leave = () => {
    stream.close();
    server.close();
    server.closeAllConnections();
  };
  t.after(leave);
  return { stream, counted, leave, server };
}

test('lines arrive one by one, by one request that says whose they are', async (t) => {
  const seen: string[] = [];
  const { stream, counted } = await start(t, (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['x-proxy-name']}`);
    response.writeHead(200).flushHeaders();
    request.setEncoding('utf8').on('data', (text: string) => seen.push(text));
  });
  assert.equal(stream.isOpen(), false);
  stream.open();
  stream.open();
  await until('it is open', stream.isOpen);
  for (const line of ['one', 'two']) {
    stream.write(line);
    await until(`${line} is there`, () => seen.at(-1) === `${line}\n`);
  }
  assert.deepEqual(seen, ['POST /base/evidence?zone=a proxy', '\n', 'one\n', 'two\n']);
  stream.close();
  assert.equal(stream.isOpen(), false);
  assert.deepEqual([counted.asked, counted.lost], [1, 0]);
});

test('a stream that is closed before it is sent, or taken, is in the way of no other', async (t) => {
  let holdsBack = true;
  const { stream, counted, server } = await start(t, (_, response) => {
    if (!holdsBack) response.writeHead(200).flushHeaders();
  });
  stream.open();
  stream.close();
  stream.open();
  await until('it is asked', () => counted.asked > 0);
  stream.close();
  holdsBack = false;
  stream.open();
  await until('it is open', stream.isOpen);
  await until('the others are gone', async () => {
    const connections = promisify<number>((done) => server.getConnections(done));
    return (await connections()) === 1;
  });
  assert.equal(counted.lost, 0);
});

test('a renderer that refuses it is not asked again soon, and nothing is lost by that', async (t) => {
  const { stream, counted } = await start(t, (_, response) =>
    response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"code": "not-found"}'),
  );
  stream.open();
  await until('it is asked', () => counted.asked === 1);
  await until('that is over', () => {
    counted.ms += 60_000;
    stream.open();
    return counted.asked > 1;
  });
  assert.deepEqual([stream.isOpen(), counted.lost], [false, 0]);
});

test('a renderer that ends it is asked again at once, but not again and again', async (t) => {
  const { stream, counted } = await start(t, (_, response) => response.writeHead(200).end());
  stream.open();
  await until('it is lost', () => counted.lost > 0);
  stream.open();
  await delay(50);
  assert.deepEqual(counted, { asked: 2, lost: 1, ms: 0 });
  counted.ms += 5_000;
  stream.open();
  await until('there are two more', () => counted.asked === 4 && counted.lost === 2);
});

test('where the renderer goes away, that is told', async (t) => {
  const { stream, counted, server } = await start(t, (_, response) => {
    response.writeHead(200).flushHeaders();
  });
  stream.open();
  await until('it is open', stream.isOpen);
  server.close();
  server.closeAllConnections();
  await until('it is told', () => counted.lost === 1);
  assert.equal(stream.isOpen(), false);
});
