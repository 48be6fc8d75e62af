import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { Agent } from 'undici';
import { createAuthenticator } from '../../functions/command/authentication.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';
import { makeAuthority, makeCertificate } from './certificate-authority.ts';
import { client, explain, settingsOf, start } from './start.ts';

const codeOf = ({ text }: { text: string }) => JSON.parse(text).code as string;

async function startWith(t: TestContext, ...argv: string[]) {
  const settings = settingsOf(...argv);
  const kubernetes = () => assert.fail('not asked for');
  const authenticator = await createAuthenticator({ settings, kubernetes });
  const history = createMemoryHistory(1);
  const started = await start(t, { settings, authenticator, explain, history });
  started.publisher.publish('global\n');
  return started;
}

const PROTECTED = [
  ...['/bundle', '/haproxy.cfg', '/explain', '/snapshot', '/status', '/', '/metrics'],
  ...['/history', '/diff?from=1&to=1'],
];

test('a token opens what is protected; health is open to all', async (t) => {
  const file = join(await folder(), 'tokens');
  const token = 'correct-horse-battery-staple';
  writeFileSync(file, `${token}\n`);
  const { ask, lines } = await startWith(t, '--auth', 'token', '--token-file', file);
  for (const path of PROTECTED) {
    const without = await ask(path);
    assert.deepEqual([without.status, codeOf(without)], [401, 'unauthenticated'], path);
    assert.match(without.headers['www-authenticate'] ?? '', /^Bearer /);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await ask(path, { headers })).status, 200, path);
  }
  for (const path of ['/healthz', '/readyz']) assert.equal((await ask(path)).status, 200);
  assert.ok(lines.some(({ reason }) => reason === 'token-missing'));
});

test('whoever is refused does not get to send a body, and is slowed down', async (t) => {
  const file = join(await folder(), 'tokens');
  writeFileSync(file, 'correct-horse-battery-staple\n');
  const { ask, lines } = await startWith(t, '--auth', 'token', '--token-file', file);
  const headers = { authorization: 'Bearer wrong-wrong-wrong-wrong' };
  const options = { method: 'POST', body: 'x', headers } as const;
  const statuses = [];
  for (let i = 0; i < 15; i++) statuses.push((await ask('/render', options)).status);
  assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429]);
  const last = await ask('/bundle', { headers });
  assert.deepEqual(
    [codeOf(last), Number(last.headers['retry-after']) > 0],
    ['too-many-failures', true],
  );
  assert.ok(!JSON.stringify(lines).includes('wrong-wrong'));
});

test('when nobody can tell, it is 503, and never an open door', async (t) => {
  const { ask } = await start(t, {
    authenticator: {
      describes: 'nobody',
      admit: () => Promise.resolve({ kind: 'unavailable', retryAfter: 5, reason: 'it is away' }),
    },
  });
  const answer = await ask('/bundle');
  assert.deepEqual([answer.status, codeOf(answer)], [503, 'access-unavailable']);
  assert.equal(answer.headers['retry-after'], '5');
});

test('a held poll ends when its client is no longer known to be let in', async (t) => {
  let until = 0;
  const { ask, publisher } = await start(t, {
    authenticator: {
      describes: 'a test',
      admit: () => Promise.resolve({ kind: 'allowed', name: 'a', until }),
    },
  });
  const { etag } = publisher.publish('one\n');
  const headers = { 'if-none-match': `"${etag}"`, prefer: 'wait=300' };
  until = Date.now() + 200;
  const { status } = await ask('/bundle', { headers });
  assert.equal(status, 304);
  assert.ok(Date.now() >= until - 5);
  assert.ok(publisher.asked.every(({ maxMs = Number.NaN }) => maxMs <= 200));
});

test('METRICS_LISTEN takes metrics to a port of their own, with health and nothing else', async (t) => {
  const file = join(await folder(), 'tokens');
  writeFileSync(file, 'correct-horse-battery-staple\n');
  const metrics = ['--metrics-listen', '127.0.0.1:0'];
  const { ask, service } = await startWith(t, '--auth', 'token', '--token-file', file, ...metrics);
  assert.equal((await ask('/metrics')).status, 404);
  const own = client(t, service.metricsUrl ?? assert.fail());
  assert.equal((await own('/metrics')).status, 200);
  assert.equal((await own('/readyz')).status, 200);
  assert.equal((await own('/bundle')).status, 404);
});

async function authority(): Promise<{ path: string; at: (name: string) => string }> {
  const path = await folder();
  makeAuthority(path);
  for (const name of ['server', 'reloader', 'stranger']) makeCertificate(path, name);
  return { path, at: (name) => join(path, name) };
}

test('client certificates open what is protected, by name', async (t) => {
  const { at } = await authority();
  const { service } = await startWith(
    t,
    ...['--tls-cert', at('server.pem'), '--tls-key', at('server.key')],
    ...['--auth', 'tls', '--tls-client-ca', at('ca.pem'), '--tls-client-names', 'reloader'],
  );
  const ca = readFileSync(at('ca.pem'));
  const as = (name?: string) => {
    const own = name && {
      cert: readFileSync(at(`${name}.pem`)),
      key: readFileSync(at(`${name}.key`)),
    };
    return client(t, service.url, new Agent({ connect: { ca, ...own } }));
  };
  assert.match(service.url, /^https:/);
  assert.equal((await as('reloader')('/bundle')).status, 200);
  const stranger = await as('stranger')('/bundle');
  assert.deepEqual([stranger.status, codeOf(stranger)], [403, 'forbidden']);
  const nobody = as();
  assert.equal((await nobody('/bundle')).status, 401);
  assert.equal((await nobody('/readyz')).status, 200);
});

/** The common name of the certificate that a server shows. */
function shown(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(url).port), rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('a renewed key pair is taken while serving, a broken one is not', async (t) => {
  const { path, at } = await authority();
  // As Kubernetes mounts a Secret: files are symlinks through ..data, which is turned in one step.
  const turn = (name: string, cert = readFileSync(at(`${name}.pem`))) => {
    mkdirSync(at(`..${name}`));
    writeFileSync(at(`..${name}/tls.crt`), cert);
    writeFileSync(at(`..${name}/tls.key`), readFileSync(at(`${name}.key`)));
    symlinkSync(`..${name}`, at('..new'));
    renameSync(at('..new'), at('..data'));
  };
  turn('server');
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, at(name));
  const { service, lines } = await startWith(
    t,
    '--tls-cert',
    at('tls.crt'),
    '--tls-key',
    at('tls.key'),
  );
  assert.equal(await shown(service.url), 'server');
  const agent = new Agent({ connect: { ca: readFileSync(join(path, 'ca.pem')) }, connections: 1 });
  const kept = client(t, service.url, agent);
  assert.equal((await kept('/healthz')).status, 200);

  turn('reloader');
  await until('the new one is shown', async () => (await shown(service.url)) === 'reloader');
  assert.equal((await kept('/healthz')).status, 200, 'connections live on');

  writeFileSync(at('broken.key'), 'no key');
  turn('broken', Buffer.from('no certificate'));
  const isLoud = () =>
    lines.find(
      ({ level, message }) => level === 'error' && /keeping the old/.test(String(message)),
    );
  await until('it is told loudly', isLoud);
  assert.equal(await shown(service.url), 'reloader');
  assert.ok(!JSON.stringify(isLoud()).includes('no key'));

  turn('stranger');
  await until('the next one is shown', async () => (await shown(service.url)) === 'stranger');
});

test('a key pair that cannot be used at the start is an error', async (t) => {
  const { at } = await authority();
  await assert.rejects(
    startWith(t, '--tls-cert', at('server.pem'), '--tls-key', at('reloader.key')),
    /key values mismatch/,
  );
});

test('the API server is let in by a secret of the path, to where it is meant for, and nobody is told it', async (t) => {
  const home = await folder();
  const [tokens, secrets] = [join(home, 'tokens'), join(home, 'secrets')];
  const secret = 'a3f1c2d4e5b60718293a4b5c6d7e8f90';
  writeFileSync(tokens, 'correct-horse-battery-staple\n');
  writeFileSync(secrets, `${secret}\n`);
  const flags = ['--auth', 'token', '--token-file', tokens, '--admission-secret-file', secrets];
  const settings = settingsOf(...flags, '--log-requests');
  const kubernetes = () => assert.fail('not asked for');
  const { ask, lines } = await start(t, {
    settings,
    authenticator: await createAuthenticator({ settings, kubernetes }),
    judgeProposal: async () => ({ kind: 'judged', refused: [], odd: [] }),
  });
  const metadata = { uid: 'u', namespace: 'lb', name: 'config', operation: 'CREATE' };
  const request = { ...metadata, resource: { resource: 'configmaps' }, object: { data: {} } };
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
  const post = async (path: string, headers = {}) =>
    (await ask(path, { method: 'POST', body: JSON.stringify(review), headers })).status;
  assert.equal(await post('/admission'), 401);
  assert.equal(await post(`/admission/${secret}0`), 401);
  assert.equal(await post(`/admission/${secret}`), 200);
  const headers = { authorization: 'Bearer correct-horse-battery-staple' };
  assert.equal(await post('/admission', headers), 200);
  assert.equal(await post(`/admission/${secret}/more`), 404);
  for (const path of [`/status/${secret}`, `/bundle/${secret}`])
    assert.equal((await ask(path)).status, 404);
  assert.equal((await ask('/status')).status, 401);
  const names = lines
    .filter(({ message }) => message === 'request answered')
    .map(({ name }) => name);
  assert.ok(names.filter((name) => name === 'admission').length >= 4);
  assert.ok(!JSON.stringify(lines).includes(secret));
});
