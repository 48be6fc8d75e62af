import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { type Loop, namedBackend, startLoop } from '../kit/loop.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

const TOKEN = 'a-token-for-tests-that-is-long-enough';

interface Held {
  readonly unit: string;
  readonly serves: string;
  readonly diagnostic: { readonly code: string; readonly message: string };
}

interface ServiceStatus {
  readonly intent: {
    readonly state: string;
    readonly current: { readonly hash: string };
    readonly held: readonly Held[];
  };
  readonly diagnostics: readonly {
    readonly code: string;
    readonly where: { readonly key?: string };
  }[];
  readonly pollers: { readonly known: number; readonly converged: number };
}

/** A loop whose service lets in whoever has the token, and has no HAProxy of its own. */
async function startTrusting(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const tokens = join(await folder(), 'tokens');
  await writeFile(tokens, `${TOKEN}\n`, { mode: 0o600 });
  const auth = { AUTH: 'token', TOKEN_FILE: tokens, PARAMS: 'port' };
  const loop = await startLoop(t, { env: { ...auth, ...env }, reloader: { TOKEN_FILE: tokens } });
  const status = async (): Promise<ServiceStatus> => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(`${loop.service.url}/status`, { headers });
    return (await answer.json()) as ServiceStatus;
  };
  const heldUnits = async () => (await status()).intent.held.map(({ unit }) => unit);
  /** Another proxy, on a port of its own. */
  const another = async () => {
    const port = await freePort();
    const stateDir = await folder();
    const settings = { TOKEN_FILE: tokens, NAME: 'another', PARAMS: `port=${port}` };
    return {
      port,
      reloader: await startReloader(t, { stateDir, renderer: loop.service.url, env: settings }),
    };
  };
  return { loop, status, heldUnits, another };
}

/** A rule for each service that names a host, and a port that a proxy may say itself. */
const naming = ({ template, port }: Loop) =>
  template.replace(`:${port}`, `:{{ params.port|default(${port}) }}`).replace(
    '  default_backend app\n',
    `$&{%- for service in services if service.host %}
  http-request return status {{ service.status }} content-type text/plain string {{ service.name }} if { req.hdr(host) {{ service.host }} }
{%- endfor %}
`,
  );

const entry = (host: string, status = 200) =>
  JSON.stringify({ namespace: 'shop', selector: { app: 'other' }, host, status });
/** Which HAProxy refuses. */
const BAD = 9999;

const answers = (port: number, host: string, name: string) =>
  until(`${host} is answered`, async () => (await get(port, '/', { host })).text === name);

test('without a HAProxy of its own the service holds back what those of the fleet refuse, and only that', async (t) => {
  const { loop, status, heldUnits, another } = await startTrusting(t);
  const [a, b] = [await namedBackend(t, 'a'), await namedBackend(t, 'b')];
  await loop.turnTo(a);
  await loop.write(naming(loop));
  await loop.addServices({ 'x-one': entry('one') });
  await answers(loop.port, 'one', 'x-one');
  const { reloader: other, port: otherPort } = await another();
  await answers(otherPort, 'one', 'x-one');
  await loop.addServices({
    'x-bad': entry('bad', BAD),
    'x-one': entry('uno'),
    'x-two': entry('two'),
    'y-three': entry('three'),
  });
  for (const port of [loop.port, otherPort])
    for (const [host, name] of [
      ['uno', 'x-one'],
      ['two', 'x-two'],
      ['three', 'y-three'],
    ] as const)
      await answers(port, host, name);
  assert.deepEqual(await heldUnits(), ['services/x-bad']);
  const { intent, diagnostics } = await status();
  assert.equal(intent.state, 'held back');
  const [held] = intent.held;
  assert.equal(held?.serves, 'left out');
  assert.equal(held?.diagnostic.code, 'proxy-refuses');
  assert.match(
    held?.diagnostic.message ?? '',
    /haproxy\.cfg:\d+ \(template:14:3, service x-bad\): .*status code/,
  );
  const told = diagnostics.find(({ code }) => code === 'proxy-refuses');
  assert.equal(told?.where.key, 'x-bad');
  await loop.turnTo(b);
  await loop.addServices({ 'y-four': entry('four') });
  for (const port of [loop.port, otherPort]) await answers(port, 'four', 'y-four');
  for (const proxy of [loop.reloader, other]) {
    const { refusals } = (await proxy.status()).counts;
    assert.ok(refusals <= 1, 'what is known to be bad is not offered again');
  }
  await loop.addServices({ 'x-bad': entry('mended') });
  await answers(loop.port, 'mended', 'x-bad');
  assert.deepEqual(await heldUnits(), []);
});
