import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import type { ApiError } from '../../functions/kubernetes/api-error.ts';
import { chooseCredentials } from '../../functions/kubernetes/choose-credentials.ts';
import { createApiClient } from '../../functions/kubernetes/client.ts';
import type { Credentials } from '../../functions/kubernetes/credentials.ts';
import { kubeconfigCredentials } from '../../functions/kubernetes/kubeconfig.ts';
import {
  baseCredentials,
  serviceAccountCredentials,
} from '../../functions/kubernetes/service-account.ts';
import { startApiServer } from '../apiserver/server.ts';
import { folder } from '../kit/folder.ts';
import { createAuthority } from './authority.ts';

type Scope = Parameters<typeof folder>[0];

const environment = { PATH: process.env.PATH };

/** Who the server takes us for. */
function whoami(t: Scope, credentials: Credentials) {
  const client = createApiClient(credentials);
  t.after(() => client.close());
  return async (): Promise<string> => {
    const call = { path: '/api/v1/pods', query: { limit: '1' }, deadlineMs: 5000 };
    return await client.json(call).then(
      () => 'let in',
      (error: ApiError) => error.code,
    );
  };
}

async function begin(t: Scope) {
  const path = await folder(t);
  const authority = createAuthority(path, 'cluster');
  const pair = authority.issue('apiserver');
  const server = await startApiServer(t, {
    tls: { ...pair, ca: authority.ca },
    needsToken: true,
  });
  server.tokens.set('token-1', { name: 'one' });
  const users = () => server.requests.map(({ user }) => user);
  return { path, authority, server, users };
}

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
  const path = await folder(t);
  const [old, next] = [createAuthority(path, 'old'), createAuthority(path, 'next')];
  await writeFile(join(path, 'token'), 'token-1');
  await writeFile(join(path, 'ca.crt'), old.ca);
  const first = await startApiServer(t, { tls: old.issue('a') });
  const clock = { now: 0 };
  const [host, port] = ['127.0.0.1', String(first.port)];
  const ask = whoami(
    t,
    serviceAccountCredentials({ host, port, folder: path, now: () => clock.now }),
  );
  assert.equal(await ask(), 'let in');
  await first.close();
  await startApiServer(t, { tls: next.issue('b'), port: first.port });
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
  const path = await folder(t);
  await writeFile(join(path, 'token'), 'token-1');
  await writeFile(join(path, 'ca.crt'), '');
  const server = await startApiServer(t);
  const base = new URL(`${server.baseFor('proxy')}/`);
  assert.equal(await whoami(t, baseCredentials({ base, folder: path }))(), 'let in');
  assert.equal(server.requests[0]?.client, 'proxy');
  assert.equal(server.requests[0]?.headers.authorization, undefined);
});

test('the cluster is chosen: K8SBASE, then KUBECONFIG, then the pod, else none', async (t) => {
  const path = await folder(t);
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

function kubeconfig(cluster: object, user: object): string {
  return stringify({
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
  });
}

test('a kubeconfig: token, token file, certificate and CA, by data or by file relative to it', async (t) => {
  const { path, authority, server, users } = await begin(t);
  const client = authority.issue('jane');
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  await writeFile(join(path, 'ca.pem'), authority.ca);
  await writeFile(join(path, 'token'), 'token-1\n');
  await writeFile(join(path, 'jane.pem'), client.cert);
  await writeFile(join(path, 'jane.key'), client.key);
  const config = join(path, 'config');
  const byData = { server: server.base, 'certificate-authority-data': base64(authority.ca) };
  const byFile = { server: server.base, 'certificate-authority': 'ca.pem' };
  const named = { ...byFile, 'tls-server-name': 'kubernetes.test' };
  const misnamed = { ...byFile, 'tls-server-name': 'elsewhere.test' };
  const jane = {
    'client-certificate-data': base64(client.cert),
    'client-key-data': base64(client.key),
  };
  const janeFiles = { 'client-certificate': 'jane.pem', 'client-key': 'jane.key' };
  for (const [cluster, user, outcome] of [
    [byData, { token: 'token-1' }, 'one'],
    [byFile, { tokenFile: 'token' }, 'one'],
    [byFile, jane, 'jane'],
    [named, janeFiles, 'jane'],
    [misnamed, janeFiles, 'kubernetes-tls'],
    [{ server: server.base }, jane, 'kubernetes-tls'],
    [byFile, {}, 'kubernetes-unauthorized'],
  ] as const) {
    await writeFile(config, kubeconfig(cluster, user));
    const ask = whoami(t, await kubeconfigCredentials({ paths: config, environment }));
    const answer = await ask();
    assert.equal(answer === 'let in' ? users().at(-1) : answer, outcome, JSON.stringify(user));
  }
});

test('several kubeconfigs are one: what the first names wins; a context can be named', async (t) => {
  const { path, authority, server, users } = await begin(t);
  server.tokens.set('token-2', { name: 'two' });
  const [first, second] = [join(path, 'first'), join(path, 'second')];
  await writeFile(
    first,
    stringify({
      users: [
        { name: 'u', user: { token: 'token-1' } },
        { name: 'v', user: { token: 'token-2' } },
      ],
      contexts: [{ name: 'there', context: { cluster: 'c', user: 'v' } }],
    }),
  );
  const authorityData = Buffer.from(authority.ca).toString('base64');
  const cluster = { server: server.base, 'certificate-authority-data': authorityData };
  await writeFile(second, kubeconfig(cluster, { token: 'wrong' }));
  const paths = `${first}:${second}`;
  await whoami(t, await kubeconfigCredentials({ paths, environment }))();
  await whoami(t, await kubeconfigCredentials({ paths, environment, context: 'there' }))();
  assert.deepEqual(users(), ['one', 'two']);
});

test('a kubeconfig that cannot be used says why, and what to do', async (t) => {
  const config = join(await folder(t), 'config');
  const server = 'https://a.example';
  for (const [text, message] of [
    ['', /is empty/],
    ['a: [', /is not YAML/],
    ['clusters: []', /no current-context/],
    ['current-context: here', /no entry "here" in its contexts/],
    [kubeconfig({}, {}), /names no server/],
    [kubeconfig({ server, 'insecure-skip-tls-verify': true }, {}), /insecure-skip-tls-verify/],
    [kubeconfig({ server, 'proxy-url': 'http://x' }, {}), /proxy-url/],
    [kubeconfig({ server }, { username: 'x', password: 'hush' }), /username/],
    [kubeconfig({ server }, { exec: { command: 'x' } }), /without command or apiVersion/],
    [
      kubeconfig(
        { server },
        { exec: { command: 'x', apiVersion: 'v1', interactiveMode: 'Always' } },
      ),
      /needs a terminal/,
    ],
  ] as const) {
    await writeFile(config, text);
    await assert.rejects(kubeconfigCredentials({ paths: config, environment }), (error) => {
      const { code, message: told, hint } = error as ApiError;
      assert.equal(code, 'kubernetes-credentials');
      assert.match(told, message);
      assert.ok(hint.length > 0 && !told.includes('hush'));
      return true;
    });
  }
  await assert.rejects(kubeconfigCredentials({ paths: `${config}-none`, environment }), {
    code: 'kubernetes-credentials',
  });
});

const API_VERSION = 'client.authentication.k8s.io/v1';

test('an exec plugin is run again before what it printed expires, and after a refusal', async (t) => {
  const { path, authority, server, users } = await begin(t);
  const printed = join(path, 'printed');
  const clock = { now: Date.now() };
  const print = async (token: string, seconds: number) => {
    server.tokens.set(token, { name: token });
    const expirationTimestamp = new Date(clock.now + seconds * 1000).toISOString();
    const status = { token, expirationTimestamp };
    const text = JSON.stringify({ apiVersion: API_VERSION, kind: 'ExecCredential', status });
    await writeFile(printed, text);
  };
  const script = 'case "$KUBERNETES_EXEC_INFO" in *interactive*) cat "$PRINTED";; esac';
  const exec = {
    apiVersion: API_VERSION,
    command: 'sh',
    args: ['-c', script],
    env: [{ name: 'PRINTED', value: printed }],
  };
  const ca = Buffer.from(authority.ca).toString('base64');
  const config = join(path, 'config');
  const cluster = { server: server.base, 'certificate-authority-data': ca };
  await writeFile(config, kubeconfig(cluster, { exec }));
  await print('first', 3600);
  const options = { paths: config, environment, now: () => clock.now };
  const ask = whoami(t, await kubeconfigCredentials(options));
  await ask();
  await print('second', 7200);
  clock.now += 60_001;
  await ask();
  assert.deepEqual(users(), ['first', 'first'], 'still good');
  clock.now += 3_480_000;
  await ask();
  assert.equal(users().at(-1), 'second');
  server.tokens.clear();
  await print('third', 7200);
  assert.equal(await ask(), 'let in');
  assert.equal(users().at(-1), 'third');
});

test('an exec plugin that fails is told without what it printed', async (t) => {
  const config = join(await folder(t), 'config');
  for (const [command, script, message] of [
    ['sh', 'echo hush; exit 1', /the command sh failed/],
    ['sh', 'echo hush', /prints no JSON/],
    ['sh', 'echo "{}"', /prints no ExecCredential/],
    ['no-such-command', '', /is not there. Install it./],
  ] as const) {
    const exec = {
      apiVersion: API_VERSION,
      command,
      args: ['-c', script],
      installHint: 'Install it.',
    };
    await writeFile(config, kubeconfig({ server: 'https://a.example' }, { exec }));
    const credentials = await kubeconfigCredentials({ paths: config, environment });
    await assert.rejects(credentials.prove(), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(!error.message.includes('hush'));
      return true;
    });
  }
});
