/** Nothing secret is on a page, whoever looks at whichever: neither keys, nor the password, nor tokens. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Agent, request } from 'undici';
import { makeCertificate } from '../kit/certificate.ts';
import { folder } from '../kit/folder.ts';
import { configMap, secret } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { createWorld, TEMPLATE } from './world.ts';

const TOKEN = 'recognisable-token-of-the-page';
const PASSWORD = 'recognisable-password';
const ACCEPTS = ['text/html', 'application/json', 'text/plain'];
const PATHS = [
  '/',
  '/?fleet=edge',
  '/?fleet=recognisable',
  '/status',
  '/explain',
  '/explain?find=stats',
  '/explain?find=recognisable',
  '/explain?line=2',
  '/explain?revision=1',
  '/history',
  '/diff?from=1&to=2',
  '/diff?from=2&to=1',
  '/page.js',
  '/page.css',
  '/nothing',
];

test('keys, the password and tokens are on no page', async (t) => {
  const { certificatePem, keyPem } = await makeCertificate({ names: ['shop.example.com'] });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const file = join(await folder(), 'tokens');
  writeFileSync(file, `${TOKEN}\n`);
  const world = await createWorld(t, {
    ...{ token: TOKEN, args: ['--auth', 'token', '--token-file', file] },
    env: { STATISTICS_PASSWORD: PASSWORD },
    more: [
      configMap('certificates', { 'shop.example.com': certificatePem }),
      secret('keys', { 'shop.example.com': base64(keyPem) }),
    ],
  });
  const dispatcher = new Agent();
  t.after(() => dispatcher.destroy());
  const read = async (path: string, accept: string, authorization = `Bearer ${TOKEN}`) => {
    const answer = await request(world.url + path, {
      dispatcher,
      headers: { accept, authorization },
    });
    const bytes = await answer.body.bytes();
    const isCoded = answer.headers['content-encoding'] === 'gzip';
    const text = (isCoded ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
    return { status: answer.statusCode, text: `${JSON.stringify(answer.headers)}\n${text}` };
  };
  const stats = `listen stats\n    stats auth {{stats.username}}:{{stats.password}}\n    # {{ssldir}}/shop.example.com.pem\n${TEMPLATE}`;
  await world.write({ template: stats });
  const revisions = async () =>
    JSON.parse((await read('/history', 'application/json')).text.split('\n').slice(1).join('\n'))
      .revisions.length;
  await until('the second is kept', async () => (await revisions()) === 2);
  assert.match((await read('/haproxy.cfg', '*/*')).text, new RegExp(PASSWORD), 'it is served');
  // Whoever writes it into a template himself, and makes a mistake beside it, is quoted.
  await world.write({ template: `${stats}# ${PASSWORD}\n{% if %} ${PASSWORD}` });
  await world.poll('edge-1', { 'x-refused-hash': 'sha256:x', 'x-refused-reason': 'no' });
  await until('it is held back', async () =>
    /held back/.test((await read('/status', 'application/json')).text),
  );
  const runs = keyPem.split('\n').filter((line) => /^[A-Za-z0-9+/=]{32,}$/.test(line));
  assert.ok(runs.length > 1);
  for (const path of PATHS)
    for (const accept of ACCEPTS) {
      const { status, text } = await read(path, accept);
      assert.ok(status < 500, `${status} ${path}`);
      for (const hidden of [TOKEN, PASSWORD, ...runs])
        assert.ok(!text.includes(hidden), `${hidden} at ${path} as ${accept}: ${text}`);
    }
  const refused = await read('/', 'text/html', 'Bearer recognisable-wrong-token-1');
  assert.equal(refused.status, 401);
  assert.doesNotMatch(refused.text, /recognisable/);
});
