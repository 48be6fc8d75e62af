import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import type { ApiError } from '../../functions/kubernetes/api-error.ts';
import { kubeconfigCredentials } from '../../functions/kubernetes/kubeconfig.ts';
import { folder } from '../kit/folder.ts';
import { begin, environment, kubeconfig, whoami } from './identities.ts';

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

test('a kubeconfig that cannot be used says why, and what to do', async () => {
  const config = join(await folder(), 'config');
  const server = 'https://a.example';
  for (const [text, message] of [
    ['', /is empty/],
    ['a: [', /is not YAML/],
    ['clusters: []', /no current-context/],
    ['current-context: here', /no entry "here" in its contexts/],
    [kubeconfig({}, {}), /names no server/],
    [kubeconfig({ server, 'insecure-skip-tls-verify': true }, {}), /insecure-skip-tls-verify/],
    [kubeconfig({ server, 'proxy-url': 'ftp://me:hush@x' }, {}), /proxy-url/],
    [kubeconfig({ server, 'proxy-url': 'hush:3128' }, {}), /proxy-url/],
    [kubeconfig({ server, 'proxy-url': 3128 }, {}), /proxy-url/],
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

test('an exec plugin that fails is told without what it printed', async () => {
  const config = join(await folder(), 'config');
  for (const [command, script, message] of [
    ['sh', 'echo hush; exit 1', /the command sh failed/],
    ['sh', 'echo hush', /does not print JSON/],
    ['sh', 'echo "{}"', /does not print an ExecCredential/],
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
