import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { until } from '../kit/until.ts';
import { OFTEN, operated } from './operated.ts';

const CHECKED = (servers: readonly string[]) => servers.map((each) => `${each} check inter 60s`);

test('servers that another hand deletes, adds, moves or alters are as they should be again', async (t) => {
  const { servers, reloader, to, by, states, isShown } = await operated(t, { flags: [OFTEN] });
  const [a = '', b = ''] = CHECKED(servers);
  const { reloads } = (await to([a, b, ...CHECKED(servers).slice(2)])).counts;
  const before = await states();
  await by('set server app/a state maint', 'del server app/a');
  await by('add server app/stranger 127.0.0.1:9', 'set server app/stranger state ready');
  await by('set server app/b addr 127.0.0.2 port 9');
  await by('disable health app/c');
  await until(
    'all are mended',
    async () => (await reloader.status()).counts.differences['checks-off'],
  );
  await isShown('a ready', 'b ready', 'c ready');
  const after = await states();
  for (const name of ['a', 'b', 'c']) {
    const { id: _, ...state } = after.get(name) ?? {};
    const { id: __, ...wanted } = before.get(name) ?? {};
    assert.deepEqual(state, wanted, name);
  }

  await by('set server app/a state maint', 'del server app/a');
  await by(`add server app/a ${a.split(' ')[1]}`, 'set server app/a state ready');
  await until('its checks are back', async () => (await states()).get('a')?.checks === 'on');
  const status = await reloader.status();
  assert.equal(status.counts.reloads, reloads, reloader.log());
  assert.deepEqual(Object.keys(status.counts.differences).sort(), [
    'checks-off',
    'server-altered',
    'server-extra',
    'server-missing',
    'server-moved',
  ]);
  const metrics = await (await reloader.get('/metrics')).text();
  assert.match(metrics, /drift_total\{code="server-moved"\} 1\n/);
  assert.match(metrics, /\nhaproxy_reloader_drift 0\n/);
  const quiet = (await reloader.status()).counts.audits + 2;
  await until('it is audited again', async () => (await reloader.status()).counts.audits > quiet);
  assert.deepEqual((await reloader.status()).audit?.drift, [], 'nothing is found twice');
});

test('what cannot be brought back at runtime is by one reload, and what an operator drained stays so', async (t) => {
  const line = '  balance static-rr';
  const { reloader, by, isShown } = await operated(t, { flags: [OFTEN], line });
  await by('set server app/a state drain', 'set server app/b state maint', 'del server app/b');
  const { lastReload } = await until('it is reloaded', async () => {
    const now = await reloader.status();
    return now.counts.reloadCauses.drift === 1 ? now : undefined;
  });
  await isShown('a drain', 'b ready', 'c ready');
  assert.match(lastReload?.reason ?? '', /static-rr/);

  // Again at once: it is shown, and waits.
  await by('set server app/b state maint', 'del server app/b');
  const status = await until('it is found', async () => {
    const now = await reloader.status();
    return now.audit?.drift.some(({ mended }) => !mended) ? now : undefined;
  });
  assert.equal(status.audit?.drift[0]?.code, 'server-missing');
  const { audits } = status.counts;
  await until(
    'it is audited again',
    async () => (await reloader.status()).counts.audits > audits + 1,
  );
  assert.equal((await reloader.status()).counts.reloads, 1);
  assert.match(await (await reloader.get('/metrics')).text(), /\nhaproxy_reloader_drift 1\n/);
});

test('where audits are off, another hand is let do what it likes, and what operators set is kept', async (t) => {
  const { servers, reloader, to, by, isShown } = await operated(t, {
    flags: ['--audit-schedule=off'],
  });
  await by('add server app/stranger 127.0.0.1:9', 'set server app/a state drain');
  const [a = '', b = '', c = ''] = servers;
  await to([a, `${b} weight 2`, c]);
  await isShown('a drain', 'b ready 2', 'c ready', 'stranger maint');
  await to(servers, 6);
  await isShown('a drain', 'b ready', 'c ready');
  assert.equal((await reloader.status()).held.length, 1);
});

/** A configuration with a map, and certificates in a folder and a crt-list. */
async function withFiles(t: TestContext) {
  const stateDir = await folder();
  const root = join(stateDir, 'current');
  const renderer = await startRenderer(t);
  const [port, other] = [await freePort(), await freePort()];
  const pems = await Promise.all(
    ['first.example', 'second.example', 'third.example'].map(async (name) => {
      const { keyPem, certificatePem } = await makeCertificate({ names: [name] });
      return `${keyPem}${certificatePem}`;
    }),
  );
  const [first = '', second = '', third = ''] = pems;
  const config = `defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend f
  bind 127.0.0.1:${port} ssl crt ${root}/ssl
  bind 127.0.0.1:${other} ssl crt-list ${root}/files/list.txt
  http-request deny if { src -f ${root}/files/blocked.lst }
  http-request set-header x-to %[path,map_beg(${root}/files/paths.map)]
  http-request set-map(${root}/files/seen.map) %[src] %[path] if { src,map(${root}/files/seen.map) -m found }
`;
  const files = {
    'ssl/a.pem': first,
    'ssl/b.pem': second,
    'files/list.txt': `${root}/ssl/a.pem\n${root}/ssl/b.pem [alpn h2] b.example\n`,
    'files/blocked.lst': '192.0.2.1\n192.0.2.2\n192.0.2.2\n',
    'files/paths.map': '/one 1\n/two 2\n',
    'files/seen.map': '192.0.2.1 /\n',
  };
  const bundle = bundleOf(config, files);
  renderer.serve(bundle);
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url, flags: [OFTEN] });
  await reloader.isLive(bundle.etag);
  const { worker } = createMaster(reloader.socket);
  return { root, reloader, worker, third };
}

test('maps and certificates that another hand changes are as they should be again', async (t) => {
  const { root, reloader, worker, third } = await withFiles(t);
  const [map, seen, b] = [`${root}/files/paths.map`, `${root}/files/seen.map`, `${root}/ssl/b.pem`];
  const show = async (command: string) =>
    (await worker.ask(command))
      .trim()
      .split('\n')
      .map((line) => line.replace(/^0x\S+ /, ''));
  const is = (command: string, ...lines: readonly string[]) =>
    until(`${command} shows ${lines}`, async () => {
      const shown = (await show(command)).join();
      if (shown !== lines.join()) throw new Error(`${shown}\n${reloader.log()}`);
      return true;
    });
  const [fingerprint = ''] = /FingerPrint: .*/.exec(await worker.ask(`show ssl cert ${b}`)) ?? [];
  await worker.ask(`add map ${map} /three 3`);
  await is(`show map ${map}`, '/one 1', '/two 2');
  await worker.ask(`set map ${map} /one 9`);
  await is(`show map ${map}`, '/one 1', '/two 2');
  const blocked = `${root}/files/blocked.lst`;
  await worker.ask(`del acl ${blocked} 192.0.2.1`);
  await is(`show acl ${blocked}`, '192.0.2.1', '192.0.2.2');
  // A rule changes this one: nobody's to bring back.
  await worker.ask(`add map ${seen} 192.0.2.2 /x`);

  await worker.ask(`set ssl cert ${b}`, third);
  await worker.ask(`commit ssl cert ${b}`);
  await until('it is its own again', async () =>
    (await worker.ask(`show ssl cert ${b}`)).includes(fingerprint),
  );
  const listed = await worker.ask(`show ssl crt-list ${root}/files/list.txt`);
  await worker.ask(`del ssl crt-list ${root}/files/list.txt ${b}`);
  await is(`show ssl crt-list ${root}/files/list.txt`, ...listed.trim().split('\n'));
  await worker.ask(`del ssl crt-list ${root}/files/list.txt ${b}`);
  await worker.ask(`del ssl crt-list ${root}/ssl ${b}`);
  assert.match(await worker.ask(`del ssl cert ${b}`), /deleted/);
  await is(`show ssl crt-list ${root}/files/list.txt`, ...listed.trim().split('\n'));
  assert.ok((await worker.ask(`show ssl crt-list ${root}/ssl`)).includes(b));
  const c = `${root}/ssl/c.pem`;
  await worker.ask(`new ssl cert ${c}`);
  await worker.ask(`set ssl cert ${c}`, third);
  await worker.ask(`commit ssl cert ${c}`);
  await worker.ask(`add ssl crt-list ${root}/ssl ${c}`);
  await until('it is gone', async () => !(await worker.ask('show ssl cert')).includes(c));
  const { counts } = await reloader.status();
  assert.equal(counts.reloads, 0, reloader.log());
  assert.deepEqual(Object.keys(counts.differences).sort(), [
    'acl-differs',
    'certificate-differs',
    'certificate-extra',
    'certificate-listed',
    'certificate-missing',
    'certificate-unlisted',
    'map-differs',
  ]);
  assert.deepEqual(await show(`show map ${seen}`), ['192.0.2.1 /', '192.0.2.2 /x']);
});

test("a server that cannot be mended for its connections is in nobody's hand", async (t) => {
  const { servers, reloader, port, to, by, states } = await operated(t, {
    flags: [OFTEN, '--min-reload-interval=600'],
    line: '  option abortonclose',
  });
  const [a = '', b = '', c = ''] = servers;
  // A reload: the next one has to wait.
  await to([a, b, `${c} check inter 60s`], 6);
  const address = c.split(' ')[1];
  await by('set server app/c state maint', 'del server app/c', `add server app/c ${address}`);
  await by(
    'set server app/c state ready',
    'set server app/a state maint',
    'set server app/b state maint',
  );
  const held = connect(port, '127.0.0.1');
  t.after(() => held.destroy());
  held.write('GET /slow?60000 HTTP/1.1\r\nhost: x\r\n\r\n');
  const lasting = () =>
    until('it is not mended', async () => {
      const { audit } = await reloader.status();
      return audit?.drift.find(({ code, mended }) => code === 'server-altered' && !mended);
    });
  await lasting();
  const { audits } = (await reloader.status()).counts;
  await until(
    'it is audited again',
    async () => (await reloader.status()).counts.audits > audits + 1,
  );
  const now = await reloader.status();
  assert.deepEqual(
    now.held.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.equal((await states()).get('c')?.state, 'ready');
  held.destroy();
  await until('it is mended', async () => (await states()).get('c')?.checks === 'on');
});
