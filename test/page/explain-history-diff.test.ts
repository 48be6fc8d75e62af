/** `GET /explain`, `/history` and `/diff` for people. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Explain } from '../../functions/publish/publication.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import type { MemoryPublisher } from '../functions/memory-publisher.ts';
import { start } from '../functions/start.ts';
import { configMap, pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, SERVICES, startPublisher } from '../publish/start.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const TEMPLATE = `global
    stats auth {{ stats.username }}:{{ stats.password }}
{%- for service in services %}
backend {{ service.name }}
{%- for pod in service.pods.values() %}
    server {{ pod.metadata.name }} {{ pod.status.podIP }}
{%- endfor %}
{%- endfor %}
`;
const MAP = '{% for service in services %}{{ service.name }} <b>\n{% endfor %}';
const VARIANT = 'ssldir=/ssl&filesdir=/files';

async function serving(t: TestContext, pods = 1) {
  const history = createMemoryHistory(10);
  const publishing = startPublisher(t, { history });
  const all = Array.from({ length: pods }, (_, i) =>
    put(pod({ name: `web-${i}`, ip: '10.0.0.7' })),
  );
  publishing.deliver([SERVICES, config(TEMPLATE, { 'files.hosts.map': MAP }), ...all]);
  await publishing.text();
  const { publisher } = publishing;
  const { ask } = await start(t, {
    explain: publisher.explain,
    history,
    argv: ['--params', 'zone', '--statistics-password', 'secret'],
  });
  const page = async (path: string) => {
    const { status, text, headers } = await ask(path, { headers: BROWSER });
    return { status, text, headers };
  };
  const shown = async (path: string) => {
    const { status, text } = await page(path);
    assert.equal(status, 200, text);
    return text;
  };
  return { ...publishing, history, ask, page, shown };
}

const rowOf = (text: string, line: number): string =>
  new RegExp(`<tr id="L${line}".*?</tr>`, 's').exec(text)?.[0] ?? assert.fail(`no line ${line}`);

const plainOf = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&');

test('the configuration: each line with its number, its text and what gave it', async (t) => {
  const { shown, publisher } = await serving(t);
  const text = await shown(`/explain?${VARIANT}`);
  assert.match(text, /<caption>Lines 1 to 4 of 4 of haproxy\.cfg<\/caption>/);
  const row = rowOf(text, 4);
  assert.match(row, /<code> {4}server web-0 10\.0\.0\.7<\/code>/);
  assert.match(row, /template:6:5, service web, pod shop\/web-0<\/td>/);
  const [, told = ''] = /data-origin="([^"]*)"/.exec(row) ?? [];
  assert.deepEqual(JSON.parse(plainOf(told)).pod, { namespace: 'shop', name: 'web-0' });
  const { hash = '' } = publisher.status().intent.current ?? {};
  assert.ok(text.includes(`<code title="${hash}">`));
});

test('a line that is chosen is told in full, without a script', async (t) => {
  const { shown } = await serving(t);
  const text = await shown(`/explain?${VARIANT}&line=3`);
  assert.match(rowOf(text, 3), /class="chosen"/);
  const panel = /<aside id="origin".*<\/aside>/s.exec(text)?.[0] ?? '';
  assert.match(panel, /haproxy\.cfg, line 3/);
  assert.match(panel, /<dd>template, line 4, column 1<\/dd>/);
  assert.match(panel, /<dd>service web<\/dd>/);
});

test('what is long is shown a page at a time, and what is looked for is found in all of it', async (t) => {
  const { shown } = await serving(t, 1000);
  const text = await shown(`/explain?${VARIANT}&zone=a`);
  assert.match(text, /Lines 1 to 200 of 1003 of haproxy\.cfg/);
  assert.match(
    text,
    /href="\.\/explain\?ssldir=%2Fssl&amp;filesdir=%2Ffiles&amp;zone=a&amp;file=haproxy\.cfg&amp;from=201">next</,
  );
  assert.match(await shown(`/explain?${VARIANT}&from=801`), /Lines 801 to 1000 of 1003/);
  assert.match(await shown(`/explain?${VARIANT}&line=950`), /Lines 801 to 1000 of 1003/);
  const found = await shown(`/explain?${VARIANT}&find=WEB-77`);
  assert.match(
    found,
    /<caption>11 of 1003 lines of haproxy\.cfg have &quot;WEB-77&quot;<\/caption>/,
  );
  assert.equal([...found.matchAll(/<tr id=/g)].length, 11);
  assert.match(found, /<a href="[^"]*&amp;line=(\d+)#L\1">\1</);
  const many = await shown(`/explain?${VARIANT}&find=server`);
  assert.match(many, /1000 of 1003 lines .*; the first 200</);
  assert.match(
    await shown(`/explain?${VARIANT}&find=%3Cx%3E`),
    /No line of haproxy\.cfg has &quot;&lt;x&gt;&quot;/,
  );
});

test('lines can be read before it is known what gave them', async (t) => {
  const { publisher, deliver, text } = startPublisher(t, {});
  deliver([SERVICES, config(TEMPLATE), put(pod({ name: 'web-0', ip: '10.0.0.7' }))]);
  await text();
  let know: (() => void) | undefined;
  const explain: Explain = async (asked) => {
    await new Promise<void>((resolve) => {
      know = resolve;
    });
    return publisher.explain(asked);
  };
  const given = { ...publisher, publish: () => assert.fail() } as unknown as MemoryPublisher;
  const argv = ['--ssl-dir', '/ssl', '--files-dir', '/files', '--statistics-password', 'secret'];
  const { ask } = await start(t, { publisher: given, explain, argv });
  const pending = (await ask('/explain', { headers: BROWSER })).text;
  assert.match(pending, /data-pending>What gave each line is being found out/);
  assert.match(rowOf(pending, 4), /<code> {4}server web-0 10\.0\.0\.7<\/code>/);
  assert.match(rowOf(pending, 2), /stats:\*\*\*/);
  assert.doesNotMatch((await ask('/explain?find=stats:se', { headers: BROWSER })).text, /<tr id=/);
  know?.();
});

test('nobody finds out the password by looking for parts of it', async (t) => {
  const { ask, shown } = await serving(t);
  const { files } = JSON.parse(
    (await ask(`/explain?${VARIANT}&file=haproxy.cfg&find=stats:se`)).text,
  );
  assert.deepEqual([files[0].found, files[0].lines], [0, []]);
  assert.match(await shown(`/explain?${VARIANT}&find=stats:`), /1 of 4 lines/);
});

test('other files are shown likewise, and escaped', async (t) => {
  const { shown, page } = await serving(t);
  const text = await shown(`/explain?${VARIANT}&file=files/hosts.map`);
  assert.match(rowOf(text, 1), /<code>web &lt;b&gt;<\/code>/);
  assert.match(text, /<option>haproxy\.cfg<\/option><option selected>files\/hosts\.map<\/option>/);
  const { status, text: wrong } = await page('/explain?file=nothing');
  assert.equal(status, 400);
  assert.match(wrong, /<h1>A query parameter has a value that cannot be used<\/h1>/);
});

test('programs get JSON as before, and may look for text, too', async (t) => {
  const { ask, page } = await serving(t, 20);
  const { files } = JSON.parse((await ask(`/explain?${VARIANT}&file=haproxy.cfg&find=web-1`)).text);
  assert.deepEqual([files[0].total, files[0].found, files[0].lines.length], [23, 11, 11]);
  const { headers } = await page(`/explain?${VARIANT}&format=json`);
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
});

async function twoRevisions(t: TestContext) {
  const started = await serving(t);
  const { deliver, history } = started;
  const text = TEMPLATE.replace('server', 'server-template x').replace('global', 'global # secret');
  deliver([
    config(text),
    put(configMap('services', { web: '{"namespace":"shop","selector":{"app":"web"},"port":1}' })),
  ]);
  await until('the second is kept', async () => (await history.list()).length === 2);
  return started;
}

test('the history: the newest first, what each changed, and two of them to be compared', async (t) => {
  const { shown, ask } = await twoRevisions(t);
  const text = await shown('/history');
  const rows = [...text.matchAll(/<th scope="row"><a href="\.\/explain\?revision=(\d+)">/g)];
  assert.deepEqual(
    rows.map(([, number]) => number),
    ['2', '1'],
  );
  assert.match(text, /<td>services ~web; config files\.hosts\.map template<\/td>/);
  assert.match(text, /name="from" value="1" aria-label="Compare from revision 1" checked/);
  assert.match(text, /name="to" value="2" aria-label="Compare to revision 2" checked/);
  const { revisions } = JSON.parse((await ask('/history')).text);
  assert.deepEqual(
    revisions.map(({ revision }: { revision: number }) => revision),
    [1, 2],
  );
});

test('the difference of two revisions: what people wrote, what comes of it, and what gave that', async (t) => {
  const { shown, ask } = await twoRevisions(t);
  const text = await shown(`/diff?${VARIANT}&from=1&to=2`);
  assert.match(text, /<caption>services\/web<\/caption>/);
  assert.match(text, /<ins><code> {2}&quot;port&quot;: 1<\/code><\/ins>/);
  const given = text.slice(text.indexOf('id="given"'));
  assert.match(
    given,
    /<del><code> {4}server web-0 10\.0\.0\.7<\/code><\/del><\/td><td class="origin">template:6:5, service web, pod shop\/web-0</,
  );
  assert.match(given, /<ins><code> {4}server-template x web-0 10\.0\.0\.7<\/code><\/ins>/);
  assert.match(given, /<caption>files\/hosts\.map<\/caption>/);
  assert.doesNotMatch(text, /secret/);
  const told = JSON.parse((await ask(`/diff?${VARIANT}`)).text);
  assert.match(told.diff, /^-\s+server web-0/m);
  assert.match(told.written, /^\+ {2}"port": 1$/m);
  const { origin } = told.changes.find(({ path }: { path: string }) => path === 'haproxy.cfg');
  assert.equal(origin.key, 'template');
  assert.deepEqual(told.untold, []);
});

test('revisions that are the same, or are not there, are told as such', async (t) => {
  const { shown, page } = await twoRevisions(t);
  assert.equal([...(await shown('/diff?from=2&to=2')).matchAll(/They are the same/g)].length, 2);
  const { status, text } = await page('/diff?from=1&to=77');
  assert.equal(status, 400);
  assert.match(text, /to: 77 is neither a revision that is kept/);
});

test('a history that is away is told, and nothing else fails for it', async (t) => {
  const history = {
    list: () => Promise.reject(new Error('the API server is away')),
    rollout: () => Promise.reject(new Error('the API server is away')),
  };
  const { ask } = await start(t, { history });
  const { status, text } = await ask('/history', { headers: BROWSER });
  assert.equal(status, 503);
  assert.match(text, /the revisions cannot be read: the API server is away/);
  assert.equal((await ask('/', { headers: BROWSER })).status, 200);
});
