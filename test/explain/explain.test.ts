/** `GET /explain`: what every line comes from, of any variant and revision that is kept. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { start } from '../functions/start.ts';
import { pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, SERVICES, startPublisher } from '../publish/start.ts';

const TEMPLATE = `global
    stats auth {{ stats.username }}:{{ stats.password }}
{%- for service in services %}
backend {{ service.name }}
{%- for pod in service.pods.values() %}
    server {{ pod.metadata.name }} {{ pod.status.podIP }}
{%- endfor %}
{%- endfor %}
    # {{ params.zone }}`;
const MAP = '{% for service in services %}{{ service.name }} x\n{% endfor %}';

async function serving(t: TestContext) {
  const history = createMemoryHistory(10);
  const publishing = startPublisher(t, { history });
  publishing.deliver([
    SERVICES,
    config(TEMPLATE, { 'files.hosts.map': MAP }),
    put(pod({ name: 'web-1', ip: '10.0.0.7' })),
  ]);
  await publishing.text();
  const { explain } = publishing.publisher;
  const { ask } = await start(t, { explain, argv: ['--params', 'zone'] });
  const read = async (query: string) => {
    const { status, text } = await ask(`/explain?ssldir=/ssl&filesdir=/files${query}`);
    assert.equal(status, 200, text);
    return JSON.parse(text);
  };
  const refused = async (query: string) => {
    const { status, text } = await ask(`/explain?${query}`);
    const { code, detail } = JSON.parse(text);
    return `${status} ${code}: ${detail}`;
  };
  return { ...publishing, history, ask, read, refused };
}

test('all lines of all files, those of the configuration first', async (t) => {
  const { read, etag, text, publisher } = await serving(t);
  const told = await read('');
  assert.equal(told.etag, await etag());
  assert.equal(told.revision, publisher.status().intent.current?.hash);
  assert.equal(told.variant, 'ssldir=/ssl&filesdir=/files');
  const paths = told.files.map(({ path }: { path: string }) => path);
  assert.deepEqual(paths, ['haproxy.cfg', 'files/hosts.map']);
  const [{ lines }] = told.files;
  const shown = lines.map((line: { text: string }) => `${line.text}\n`).join('');
  assert.equal(shown, (await text()).replace('secret', '***'));
  assert.ok(lines.every(({ origin }: { origin?: object }) => origin));
});

test('a line is told by its number, with service and pod', async (t) => {
  const { read } = await serving(t);
  const { files } = await read('&line=4');
  const origin = { key: 'template', line: 6, column: 5, service: 'web' };
  assert.deepEqual(files, [
    {
      path: 'haproxy.cfg',
      total: 5,
      lines: [
        {
          line: 4,
          text: '    server web-1 10.0.0.7',
          origin: { ...origin, pod: { namespace: 'shop', name: 'web-1' } },
        },
      ],
    },
  ]);
});

test('several lines of a file, and what the poller chooses', async (t) => {
  const { read } = await serving(t);
  const { files } = await read('&file=files/hosts.map&line=1-9');
  assert.deepEqual(files[0].lines.length, 1);
  assert.equal(files[0].lines[0].origin.service, 'web');
  const { files: other, variant } = await read('&line=5&zone=b');
  assert.equal(other[0].lines[0].text, '    # b');
  assert.deepEqual(other[0].lines[0].origin.variables, ['params.zone']);
  assert.match(variant, /&zone=b$/);
});

test('for people: each line with its origin beside it', async (t) => {
  const { ask } = await serving(t);
  const path = '/explain?ssldir=/ssl&filesdir=/files&file=haproxy.cfg';
  const expected = [
    '1  global                      # template:1:1',
    '2      stats auth stats:***    # template:2:5, stats.username, stats.password',
    '3  backend web                 # template:4:1, service web',
    '4      server web-1 10.0.0.7   # template:6:5, service web, pod shop/web-1',
    '5      #                       # template:9:5',
  ];
  const { text, headers } = await ask(path, { headers: { accept: 'text/plain' } });
  assert.match(headers['content-type'] ?? '', /^text\/plain/);
  assert.deepEqual(text.split('\n').slice(0, -1).map(spaced), expected.map(spaced));
  assert.equal((await ask(`${path}&format=text`)).text, text);
  const json = await ask(`${path}&format=json`, { headers: { accept: 'text/plain' } });
  assert.match(json.headers['content-type'] ?? '', /^application\/json/);
});

const spaced = (line: string): string => line.trimEnd().replace(/ {2,}/g, '  ');

test('an earlier revision, by number and hash; what is served, by its own hash', async (t) => {
  const { read, deliver, history, etag } = await serving(t);
  const before = await etag();
  const [first] = await history.list();
  deliver([config('global\n    # another\n')]);
  await until('it is served', async () => (await etag()) !== before);
  const now = await etag();
  for (const name of ['1', first?.hash, first?.hash.slice('sha256:'.length).slice(0, 8)]) {
    const { revision, etag: hash, files } = await read(`&line=3&revision=${name}`);
    assert.deepEqual([revision, hash], [first?.hash, before], name);
    assert.equal(files[0].lines[0].text, 'backend web');
  }
  assert.equal((await read(`&line=2&revision=${now}`)).files[0].lines[0].text, '    # another');
});

test('what is not there is said', async (t) => {
  const { refused } = await serving(t);
  assert.match(await refused('line=0'), /^400 bad-parameter: line: expected/);
  assert.match(await refused('line=9-3'), /^400 bad-parameter: line: expected/);
  assert.match(await refused('line=99'), /^400 bad-parameter: line: haproxy.cfg has no line 99/);
  assert.match(await refused('file=ssl/web.pem'), /^400 bad-parameter: file: "ssl\/web.pem" is no/);
  assert.match(await refused('format=xml'), /^400 bad-parameter: format: expected/);
  assert.match(await refused('revision=77'), /^400 bad-parameter: revision: 77 is neither/);
  assert.match(await refused('odd=1'), /^400 unknown-parameter/);
});

test('before anything is read it says what it waits for', async (t) => {
  const { publisher } = startPublisher(t);
  const { ask } = await start(t, { explain: publisher.explain });
  const { status, text } = await ask('/explain');
  assert.deepEqual([status, JSON.parse(text).reason], [503, 'not-synced']);
});

test('what is served does not wait for it', async (t) => {
  const { deliver, read, text } = await serving(t);
  await read('');
  const asked = read('&line=4');
  deliver([put(pod({ name: 'web-1', ip: '10.0.0.8' }))]);
  await until('it is served', async () => (await text()).includes('10.0.0.8'));
  await asked;
  const { files } = await read('&line=4');
  assert.match(files[0].lines[0].text, /10\.0\.0\.8/);
});
