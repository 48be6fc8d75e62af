import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { until } from '../kit/until.ts';
import { client, settingsOf, start } from './start.ts';

/** Sends bytes as they are; gives all that comes back until the connection is closed. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

const codeOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('{'))).code as string;

test('an unknown path is 404, an unknown method 405 with Allow, both as problem+json', async (t) => {
  const { ask } = await start(t);
  for (const path of ['/nothing', '/bundle/', '/Bundle', '//bundle', '/%', '/haproxy.cfg%00']) {
    const { status, headers, text } = await ask(path);
    assert.deepEqual([status, codeOf(text)], [404, 'not-found'], path);
    assert.equal(headers['content-type'], 'application/problem+json');
  }
  const get = await ask('/render');
  assert.deepEqual(
    [get.status, get.headers.allow, codeOf(get.text)],
    [405, 'POST', 'method-not-allowed'],
  );
  const put = await ask('/bundle', { method: 'PUT', body: 'x' });
  assert.deepEqual([put.status, put.headers.allow], [405, 'GET, HEAD']);
});

test('what is not HTTP is told so, and the connection closed', async (t) => {
  const { service } = await start(t);
  const answer = await exchange(service.url, 'HELO\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 400 .*\r\nContent-Type: application\/problem\+json\r\n/);
  assert.equal(codeOf(answer), 'malformed-request');
});

const codes = async (asked: ReturnType<ReturnType<typeof client>>) => {
  const { status, text } = await asked;
  return [status, codeOf(text)];
};

test('where nobody proves who he is, other hosts and foreign pages are refused, whatever they ask', async (t) => {
  const { ask, publisher, lines } = await start(t, { argv: ['--allowed-hosts', 'lb.example'] });
  publisher.publish('global\n');
  for (const path of ['/bundle', '/haproxy.cfg', '/status', '/healthz', '/nothing']) {
    const headers = { host: 'rebind.example' };
    assert.deepEqual(await codes(ask(path, { headers })), [421, 'misdirected-request'], path);
    const foreign = { origin: 'http://rebind.example' };
    assert.deepEqual(await codes(ask(path, { headers: foreign })), [403, 'foreign-origin'], path);
  }
  const post = { method: 'POST', body: '{}', headers: { origin: 'null' } } as const;
  assert.deepEqual(await codes(ask('/render', post)), [403, 'foreign-origin']);
  assert.equal((await ask('/bundle', { headers: { host: 'lb.example:80' } })).status, 200);
  assert.ok(lines.some(({ reason }) => reason === 'misdirected-request'));
});

test('where AUTH asks for proof, any host is good', async (t) => {
  const settings = { ...settingsOf('--metrics-listen', '127.0.0.1:0'), auth: 'tls' } as const;
  const { ask, publisher, service } = await start(t, { settings });
  publisher.publish('global\n');
  const headers = { host: 'renderer.lb.svc', origin: 'http://people.example' };
  assert.equal((await ask('/bundle', { headers })).status, 200);
  const metrics = client(t, service.metricsUrl ?? assert.fail());
  const asked = metrics('/metrics', { headers });
  assert.deepEqual(await codes(asked), [421, 'misdirected-request'], 'nobody proves it there');
});

test('a request without a host is told so, and an expectation that nobody knows is ignored', async (t) => {
  const { service } = await start(t);
  const nameless = await exchange(service.url, 'GET /healthz HTTP/1.1\r\n\r\n');
  assert.match(nameless, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(nameless, /no header Host/);
  assert.equal(codeOf(nameless), 'malformed-request');
  const head = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
  const expecting = await exchange(service.url, `${head}Expect: wonders\r\n\r\n`);
  assert.match(expecting, /^HTTP\/1\.1 200 OK\r\n/);
  const old = await exchange(service.url, 'GET /healthz HTTP/1.0\r\n\r\n');
  assert.match(old, /^HTTP\/1\.1 200 OK\r\n/);
});

test('headers that are too large are 431', async (t) => {
  const { service } = await start(t);
  const answer = await exchange(
    service.url,
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
  assert.equal(codeOf(answer), 'headers-too-large');
});

test('headers that drip in are cut off, while others are answered', async (t) => {
  const { service, ask } = await start(t, { limits: { headersTimeoutMs: 200 } });
  const port = Number(new URL(service.url).port);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const drip = setInterval(() => socket.write('X: a\r\n'), 20);
  t.after(() => clearInterval(drip));
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
  assert.equal((await ask('/healthz')).status, 200);
  await once(socket, 'close');
  const answer = Buffer.concat(chunks).toString();
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.equal(codeOf(answer), 'request-timeout');
});

test('a body that drips in is cut off, whether anybody reads it or not', async (t) => {
  const { service } = await start(t, {
    limits: { headersTimeoutMs: 200, requestTimeoutMs: 300 },
  });
  const drip = (line: string) =>
    exchange(service.url, `${line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx`);
  const [read, unread] = await Promise.all([drip('POST /render'), drip('GET /healthz')]);
  assert.match(read, /^HTTP\/1\.1 408 /);
  assert.equal(codeOf(read), 'request-timeout');
  assert.match(unread, /^HTTP\/1\.1 200 /);
});

test('a client that does not read is cut off; one whose poll is held for longer is not', async (t) => {
  const { service, publisher } = await start(t, { limits: { stallMs: 200 } });
  const { etag } = publisher.publish('x'.repeat(20_000_000));
  const deaf = connect(Number(new URL(service.url).port), '127.0.0.1');
  deaf.on('error', () => undefined);
  deaf.write('GET /haproxy.cfg HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const ask = client(t, service.url, new Agent({ connections: 1 }));
  assert.equal((await ask('/healthz')).status, 200);
  const headers = { 'if-none-match': `"${etag}"`, prefer: 'wait=0.8' };
  assert.equal((await ask('/bundle', { headers })).status, 304);
  const cut = once(deaf, 'close');
  deaf.resume();
  await cut;
  assert.ok(deaf.bytesRead < 20_000_000);
});

test('connections beyond the limit are closed, those within it are served', async (t) => {
  const { service, ask } = await start(t, { argv: ['--max-connections', '2'] });
  assert.equal((await ask('/healthz')).status, 200);
  const port = Number(new URL(service.url).port);
  const sockets = [1, 2, 3].map(() => connect(port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => undefined);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await until('two are closed', () => sockets.filter((s) => s.destroyed || s.closed).length >= 2);
  assert.equal((await ask('/healthz')).status, 200);
});

const rendered = {
  kind: 'rendered',
  etag: 'sha256:1',
  config: 'global\n',
  diagnostics: [],
} as const;

test('POST /render gives the configuration alone, or with its diagnostics as JSON', async (t) => {
  const bodies: string[] = [];
  const { ask } = await start(t, {
    renderOnce: ({ body, variant }) => {
      bodies.push(`${variant.sslDir} ${body}`);
      return Promise.resolve(rendered);
    },
  });
  const json = await ask('/render?ssldir=/ssl', {
    method: 'POST',
    body: '{"items": []}',
    headers: { accept: 'application/json' },
  });
  assert.deepEqual(JSON.parse(json.text), {
    etag: 'sha256:1',
    diagnostics: [],
    config: 'global\n',
  });
  const text = await ask('/render', {
    method: 'POST',
    body: gzipSync('{}'),
    headers: { accept: '*/*', 'content-encoding': 'gzip', 'content-type': 'x/y' },
  });
  assert.equal(text.text, 'global\n');
  assert.equal(text.headers.etag, '"sha256:1"');
  assert.deepEqual(bodies, ['/ssl {"items": []}', '/etc/haproxy/ssl {}']);
});

test('a snapshot that does not render is 422 with its diagnostics', async (t) => {
  const diagnostics = [
    {
      severity: 'error',
      code: 'template-syntax',
      message: 'expected a name',
      hint: 'Write one.',
      where: { object: 'configmaps/lb/config', key: 'template', line: 1 },
    },
  ] as const;
  const { ask } = await start(t, {
    renderOnce: () => Promise.resolve({ kind: 'refused', diagnostics }),
  });
  const { status, text } = await ask('/render', { method: 'POST', body: '{}' });
  assert.equal(status, 422);
  assert.deepEqual(JSON.parse(text).diagnostics, diagnostics);
});

test('a body that cannot be read is told ahead of what is then missing', async (t) => {
  const of = (code: string, object: string) => {
    const message = `${code} of ${object}`;
    return { severity: 'error', code, message, hint: 'Mend it.', where: { object } } as const;
  };
  const diagnostics = [
    of('input-missing', 'configmaps/lb/services'),
    of('manifest-syntax', 'the body of the request'),
  ];
  const { ask } = await start(t, {
    renderOnce: () => Promise.resolve({ kind: 'refused', diagnostics }),
  });
  const { text } = await ask('/render', { method: 'POST', body: '{"items": [,]}' });
  assert.equal(JSON.parse(text).detail, 'manifest-syntax of the body of the request');
});

const BODIES: [
  reason: string,
  status: number,
  code: string,
  body: Uint8Array,
  encoding?: string,
][] = [
  ['larger than may be', 413, 'body-too-large', Buffer.alloc(1024 * 1024 + 1, 32)],
  [
    'larger than may be when inflated',
    413,
    'body-too-large',
    gzipSync(Buffer.alloc(9_000_000)),
    'gzip',
  ],
  ['in a coding that is not known', 415, 'unsupported-encoding', Buffer.from('x'), 'zip'],
  ['not in the coding that it claims', 400, 'bad-body', Buffer.from('x'), 'gzip'],
  ['not UTF-8', 400, 'bad-body', Buffer.from([0xff, 0xfe])],
];

test('bodies that cannot be used are refused', async (t) => {
  const { ask } = await start(t, {
    argv: ['--max-body', '1'],
    renderOnce: () => Promise.resolve(rendered),
  });
  for (const [reason, status, code, body, encoding] of BODIES) {
    const headers: Record<string, string> = encoding ? { 'content-encoding': encoding } : {};
    const answer = await ask('/render', { method: 'POST', body, headers });
    assert.deepEqual([answer.status, codeOf(answer.text)], [status, code], reason);
  }
});

test('renders beyond the limit are turned away; a client that vanishes ends its own', async (t) => {
  const signals: AbortSignal[] = [];
  const { ask } = await start(t, {
    argv: ['--max-renders', '1'],
    renderOnce: ({ signal }) => {
      signals.push(signal);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  });
  const gone = new AbortController();
  const first = ask('/render', { method: 'POST', body: '{}', signal: gone.signal });
  await until('the first renders', () => signals.length === 1);
  const second = await ask('/render', { method: 'POST', body: '{}' });
  assert.deepEqual([second.status, codeOf(second.text)], [503, 'render-busy']);
  gone.abort();
  await assert.rejects(first);
  await until('it is told', () => signals[0]?.aborted);
});

test('what fails inside is 500 without its cause, which is logged', async (t) => {
  const { ask, lines } = await start(t, {
    renderOnce: () => Promise.reject(new Error('the secret cause')),
  });
  const { status, text } = await ask('/render', { method: 'POST', body: '{}' });
  assert.deepEqual([status, codeOf(text)], [500, 'internal-error']);
  assert.ok(!text.includes('secret'));
  assert.match(JSON.stringify(lines), /the secret cause/);
});

test('with LOG_REQUESTS each answer is a line of the log', async (t) => {
  const { ask, lines } = await start(t, { argv: ['--log-requests'] });
  await ask('/healthz?token=abc');
  const line = lines.find(({ message }) => message === 'request answered') ?? assert.fail();
  assert.deepEqual([line.name, line.method, line.status], ['health', 'GET', 200]);
  assert.ok(!JSON.stringify(line).includes('abc'));
});
