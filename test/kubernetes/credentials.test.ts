import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { chooseCredentials } from '../../functions/kubernetes/choose-credentials.ts';
import {
  baseCredentials,
  serviceAccountCredentials,
} from '../../functions/kubernetes/service-account.ts';
import { startApiServer } from '../apiserver/server.ts';
import { folder } from '../kit/folder.ts';
import { createAuthority } from './authority.ts';
import { begin, kubeconfig, whoami } from './identities.ts';

test('in a pod: the token is read again every minute, and at once after a refusal', async (t) => {
  const { path, authority, server, users } = await begin(t);
  const account = join(path, 'account');
  await mkdir(account);
  await writeFile(join(account, 'ca.crt'), authority.ca);
  await writeFile(join(account, 'token'), 'token-1\n');
  const clock = { now: 0 };
  const port = String(server.port);
  const credentials = serviceAccountCredentials({
    host: '127.0.0.1',
    port,
    folder: account,
    now: () => clock.now,
  });
  const ask = whoami(t, credentials);
  assert.equal(await ask(), 'let in');

  server.tokens.set('token-2', { name: 'two' });
  await writeFile(join(account, 'token'), 'token-2');
  await ask();
  assert.equal(users().at(-1), 'one', 'not read again yet');
  clock.now += 60_000;
  await ask();
  assert.equal(users().at(-1), 'two');

  server.tokens.delete('token-2');
  server.tokens.set('token-3', { name: 'three' });
  await writeFile(join(account, 'token'), 'token-3');
  assert.equal(await ask(), 'let in', 'the refusal itself is not seen');
  assert.deepEqual(users().slice(-2), ['', 'three']);

  await rm(join(account, 'token'));
  clock.now += 60_000;
  assert.equal(await ask(), 'let in', 'what cannot be read now is used as it was');
  server.tokens.clear();
  assert.equal(await ask(), 'kubernetes-credentials', 'but not after a refusal');
});

test('in a pod: a CA that changes is used for the next connection, and TLS is verified', async (t) => {
  const path = await folder();
  const [old, next] = [createAuthority(path, 'old'), createAuthority(path, 'next')];
  await writeFile(join(path, 'token'), 'token-1');
  await writeFile(join(path, 'ca.crt'), old.ca);
  const first = await startApiServer(t, { tls: old.issue('a') });
  first.tokens.set('token-1', { name: 'one' });
  const clock = { now: 0 };
  const [host, port] = ['127.0.0.1', String(first.port)];
  const ask = whoami(
    t,
    serviceAccountCredentials({ host, port, folder: path, now: () => clock.now }),
  );
  assert.equal(await ask(), 'let in');
  await first.close();
  const second = await startApiServer(t, { tls: next.issue('b'), port: first.port });
  second.tokens.set('token-1', { name: 'one' });
  const afterReset = (await ask()) === 'kubernetes-cut' ? await ask() : await ask();
  assert.equal(afterReset, 'kubernetes-tls');
  await writeFile(join(path, 'ca.crt'), next.ca);
  clock.now += 60_000;
  assert.equal(await ask(), 'let in');
});

test('an IPv6 address of the API server is put into brackets', () => {
  const { server } = serviceAccountCredentials({ host: 'fd00::1', port: '443' });
  assert.equal(server.host, '[fd00::1]');
});

test('K8SBASE: a path in it is kept, and no token travels over plain HTTP', async (t) => {
  const path = await folder();
  await writeFile(join(path, 'token'), 'token-1');
  await writeFile(join(path, 'ca.crt'), '');
  const server = await startApiServer(t);
  const base = new URL(`${server.baseFor('proxy')}/`);
  assert.equal(await whoami(t, baseCredentials({ base, folder: path }))(), 'let in');
  assert.equal(server.requests[0]?.client, 'proxy');
  assert.equal(server.requests[0]?.headers.authorization, undefined);
});

test('the cluster is chosen: K8SBASE, then KUBECONFIG, then the pod, else none', async () => {
  const path = await folder();
  const config = join(path, 'config');
  await writeFile(config, kubeconfig({ server: 'https://a.example' }, { token: 'x' }));
  await writeFile(join(path, 'token'), 'x');
  const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
  const base = new URL('http://127.0.0.1:8001');
  const all = { serviceAccountFolder: path, environment: inPod };
  const hostOf = async (settings: Parameters<typeof chooseCredentials>[0]) =>
    (await chooseCredentials(settings))?.server.host;
  assert.equal(await hostOf({ ...all, base, kubeconfig: config }), '127.0.0.1:8001');
  assert.equal(await hostOf({ ...all, kubeconfig: config }), 'a.example');
  assert.equal(await hostOf(all), '10.0.0.1');
  assert.equal(await hostOf({ ...all, environment: {} }), undefined);
  assert.equal(await hostOf({ ...all, serviceAccountFolder: join(path, 'none') }), undefined);
});
