import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedaction } from '../../functions/core/redaction.ts';
import { config, service, services, startJudged, TEMPLATE } from '../intent/judged.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { configMap, pod, put, secret } from '../kit/objects.ts';
import { startPublisher } from '../publish/start.ts';
import { reviewing } from './reviewed.ts';

const GOOD = { api: service('api'), web: service('web') };
const BAD = service('bad', { hostnames: ['x } { bad'] });
const CONFIG = { template: TEMPLATE };
const PODS = ['api', 'web', 'new'].map((app, i) =>
  put(pod({ name: `${app}-1`, ip: `10.0.0.${i + 1}`, labels: { app } })),
);
/** A machine under load takes longer than people wait. */
const PATIENT_MS = 60_000;

async function serving(t: Parameters<typeof startJudged>[0], ...argv: string[]) {
  const judged = startJudged(t, { proposalMs: PATIENT_MS });
  judged.deliver([services(GOOD), config(CONFIG), ...PODS]);
  await judged.text();
  return { ...judged, ...(await reviewing(t, judged, ...argv)) };
}

test('a template that does not compile is refused, with key, line, column, words and hint', async (t) => {
  const { review, publisher } = await serving(t);
  const before = JSON.stringify(publisher.status().intent);
  const template = TEMPLATE.replace('service in services', 'service services');
  const { allowed, message } = await review('config', { template }, { old: CONFIG });
  assert.equal(allowed, false);
  assert.match(message, /^configmaps\/lb\/config template:8:\d+: error: .* \[template-syntax\]$/m);
  assert.match(message, /^ {4}\{%- for service services %\}$/m);
  assert.match(message, /^ {4}expected in here$/m);
  assert.equal(JSON.stringify(publisher.status().intent), before);
});

test('an entry that HAProxy refuses is refused by its key, in the words of HAProxy', async (t) => {
  const { review, etag } = await serving(t);
  const before = await etag();
  const { allowed, message } = await review('services', { ...GOOD, bad: BAD }, { old: GOOD });
  assert.equal(allowed, false);
  assert.match(message, /^configmaps\/lb\/services bad.*: error: HAProxy refuses it at/m);
  assert.equal(await etag(), before);
});

test('an entry that cannot be read is refused where it breaks', async (t) => {
  const { review } = await serving(t);
  const { allowed, message } = await review('services', { ...GOOD, odd: '{"a": }' }, { old: GOOD });
  assert.equal(allowed, false);
  assert.match(message, /services odd:1:7: error: .*\[service-json\]/);
});

test('what is good passes without a word, and twice the same', async (t) => {
  const { review } = await serving(t);
  const data = { ...GOOD, new: service('new') };
  for (const options of [{ old: GOOD }, { old: GOOD }])
    assert.deepEqual(await review('services', data, options), {
      allowed: true,
      message: '',
      warnings: [],
    });
});

test('with ADMISSION=warn what would be held back passes with a warning', async (t) => {
  const { review } = await serving(t, '--admission', 'warn');
  const answer = await review('services', { ...GOOD, bad: BAD }, { old: GOOD });
  assert.equal(answer.allowed, true);
  assert.match(answer.warnings[0] ?? '', /^services bad: held back: HAProxy refuses it/);
});

test('a misspelt name passes with a warning, which says what was meant', async (t) => {
  const { review } = await serving(t);
  const template = TEMPLATE.replace('in services', 'in servces');
  const { allowed, warnings } = await review('config', { template }, { old: CONFIG });
  assert.equal(allowed, true);
  assert.match(warnings.join(), /template:8:20: servces is not defined/);
});

test('a service that no pod serves passes with a warning, since its selector may be misspelt', async (t) => {
  const { review } = await serving(t);
  const astray = { ...GOOD, new: service('new', { selector: { app: 'nwe', tier: 'web' } }) };
  const { allowed, warnings } = await review('services', astray, { old: GOOD });
  const missing = 'no ready pod in namespace shop has app=nwe,tier=web';
  const told = [`services new: ${missing}: nothing serves new until one does [service-podless]`];
  assert.deepEqual([allowed, warnings], [true, told]);
  const held = { ...GOOD, new: service('nwe', { hostnames: ['x } { bad'] }) };
  const { message, warnings: more } = await review('services', held, { old: astray });
  assert.match(message, /^configmaps\/lb\/services new.*: error: HAProxy refuses it at/m);
  assert.deepEqual(more, [], 'of what stays as it was nothing is told');
  const other = { ...astray, api: service('api', { port: 8081 }) };
  assert.deepEqual((await review('services', other, { old: astray })).warnings, []);
});

test('with ADMISSION=off nobody is told anything', async (t) => {
  const { ask } = await serving(t, '--admission', 'off');
  assert.equal((await ask('/admission', { method: 'POST', body: '{}' })).status, 404);
});

test('an entry that is held back already does not keep people from changing others', async (t) => {
  const { review, deliver, judged } = await serving(t);
  const old = { ...GOOD, bad: BAD };
  deliver([services(old)]);
  await judged();
  const { allowed, warnings } = await review('services', { ...old, new: service('new') }, { old });
  assert.equal(allowed, true);
  assert.match(warnings[0] ?? '', /^services bad: HAProxy refuses it/);
  const worse = await review('services', { ...old, bad: `${BAD} ` }, { old });
  assert.equal(worse.allowed, false);
});

test('before there is anything good a first template is judged by itself', async (t) => {
  const started = startPublisher(t, { proposalMs: PATIENT_MS });
  const { review } = await reviewing(t, started);
  const unread = await review('config', { template: '{% if %}' });
  assert.match(unread.warnings[0] ?? '', /cannot judge this.*has not read everything/);
  started.deliver([]);
  assert.deepEqual((await review('services', { web: service('web') })).warnings, []);
  assert.match((await review('services', { web: '{' })).message, /service-json/);
  started.deliver([services(GOOD)]);
  const { allowed, message } = await review('config', { template: '{% if %}' });
  assert.equal(allowed, false);
  assert.match(message, /config template:1:\d+: error/);
});

test('a template that never ends is not judged for longer than people wait, and blocks nobody for good', async (t) => {
  const started = startPublisher(t, { deadlineMs: 8_000 });
  started.deliver([services(GOOD), config({ template: 'global\n' })]);
  await started.text();
  const { review } = await reviewing(t, started);
  const template =
    '{% for a in range(9999) %}{% for b in range(9999) %}{% set c = b %}{% endfor %}{% endfor %}';
  const began = performance.now();
  const { allowed, warnings } = await review('config', { template });
  assert.ok(performance.now() - began < 7_000, 'before the renderer is ended');
  assert.equal(allowed, true);
  assert.match(warnings[0] ?? '', /cannot judge this: it takes too long/);
  for (;;) {
    const next = await review('config', { template: '{{ oops(' });
    if (!next.allowed) break;
    assert.match(next.warnings[0] ?? '', /other changes are being judged|too long/);
  }
});

test('people who hold the fleet to a revision are told that what they apply waits', async (t) => {
  const { review, publisher } = await serving(t);
  publisher.steer({ isPaused: true });
  for (;;) {
    const { allowed, warnings } = await review('services', { ...GOOD, new: service('new') });
    assert.equal(allowed, true);
    if (warnings.some((warning) => warning.includes('[intent-paused]'))) break;
  }
});

test('a service in a namespace that is not read yet is not held against it', async (t) => {
  const template =
    '{% for s in services %}# {{ (s.pods.values()|first).status.podIP.lower() }}\n{% endfor %}';
  const started = startPublisher(t, { proposalMs: PATIENT_MS });
  const asOf = { 'configmaps/lb.config': { lo: '1', hi: '1' } };
  started.deliver([services({}), config({ template })], asOf);
  await started.text();
  const { review } = await reviewing(t, started);
  const { allowed, warnings } = await review('services', { web: service('web') });
  assert.equal(allowed, true);
  assert.match(warnings.join(), /the pods of namespace shop are not read yet/);
});

test('chains: garbage is refused; one that waits for its key is not', async (t) => {
  const { deliver, review } = await serving(t);
  const make = (name: string) => makeCertificate({ names: [name], days: 90 });
  const [one, other] = [await make('one.example'), await make('other.example')];
  const keys = { one: Buffer.from(one.keyPem).toString('base64') };
  deliver([put(configMap('certificates', { one: one.certificatePem })), put(secret('keys', keys))]);
  const old = { one: one.certificatePem };
  assert.deepEqual(await review('certificates', old, { old }), {
    allowed: true,
    message: '',
    warnings: [],
  });
  const garbage = await review('certificates', { one: 'garbage' }, { old });
  assert.match(garbage.message, /certificates one: error: .*\[certificate-parse\]/);
  const renewed = await review('certificates', { one: other.certificatePem }, { old });
  assert.equal(renewed.allowed, true);
  assert.match(renewed.warnings[0] ?? '', /\[certificate-key-mismatch\]/);
  const alone = await review('certificates', { ...old, other: other.certificatePem }, { old });
  assert.equal(alone.allowed, true);
  assert.match(alone.warnings[0] ?? '', /\[certificate-unpaired\]/);
});

test('keys that nobody reads are warned about', async (t) => {
  const { review } = await serving(t);
  const more = { binaryData: { web: 'AAAA' } };
  const { allowed, warnings } = await review('services', GOOD, { old: GOOD, more });
  assert.equal(allowed, true);
  assert.match(warnings[0] ?? '', /^services web: .*\[binary-data\]$/);
});

test('what is none of the configuration, or is deleted, passes', async (t) => {
  const { review } = await serving(t);
  const broken = { template: '{% if %}' };
  const fine = { allowed: true, message: '', warnings: [] };
  assert.deepEqual(await review('rollout', broken), fine);
  assert.deepEqual(await review('config', broken, { namespace: 'other' }), fine);
  assert.deepEqual(await review('config', {}, { operation: 'DELETE', old: CONFIG }), fine);
});

test('no secret is told, however it is asked for', async (t) => {
  const { deliver, review } = await serving(t);
  const { certificatePem: cert, keyPem: key } = await makeCertificate({ names: ['one.example'] });
  const keys = { one: Buffer.from(key).toString('base64') };
  deliver([put(configMap('certificates', { one: cert })), put(secret('keys', keys))]);
  const lines = key.split('\n').filter((line) => /^[A-Za-z0-9+/]{20,}=*$/.test(line));
  assert.ok(lines.length > 0);
  for (const asked of [
    '  stats oops {{ stats.password }}',
    '  {{ stats.password }} is no keyword',
    '  acl a src -f {{ ssldir }}/one.pem',
    '  http-request deny if { src -f {{ ssldir }}/one.pem }',
  ]) {
    const template = TEMPLATE.replace('frontend http', `frontend http\n${asked}`);
    const { allowed, message } = await review('config', { template }, { old: CONFIG });
    assert.equal(allowed, false, asked);
    assert.ok(!message.includes('secret'), message);
    for (const line of lines) assert.ok(!message.includes(line), message);
  }
});

test('a line of a private key is taken out of whatever quotes it, be it cut', async () => {
  const { keyPem } = await makeCertificate({ names: ['one.example'] });
  const line = keyPem.split('\n')[1] ?? '';
  const redact = createRedaction({ password: 'hush', files: () => [{ content: keyPem }] });
  for (const quoted of [line, line.slice(0, 20), line.slice(-20)])
    assert.equal(redact(`parsing 'x${quoted}`.replace('x', '')), "parsing '***");
  assert.equal(
    redact('hush, unable to stat /run/kubernetes/haproxy/configuration'),
    '***, unable to stat /run/kubernetes/haproxy/configuration',
  );
});

test('what is no review, or too large for one, is an error', async (t) => {
  const { ask } = await serving(t);
  const post = async (body: string) => {
    const { status, text } = await ask('/admission', { method: 'POST', body });
    return [status, JSON.parse(text).code];
  };
  for (const body of [
    '',
    'x',
    '{}',
    '[]',
    '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
  ])
    assert.deepEqual(await post(body), [400, 'bad-body'], body);
  assert.deepEqual(await post(' '.repeat(9 * 1024 * 1024)), [413, 'body-too-large']);
  assert.equal((await ask('/admission')).status, 405);
});
