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
import { audited, operated, SELDOM } from './operated.ts';

const CHECKED = (servers: readonly string[]) => servers.map((each) => `${each} check inter 60s`);

test('servers that another hand deletes, adds, moves or alters are as they should be again', async (t) => {
  const { servers, reloader, to, by, states, isShown } = await operated(t, {});
  const [a = '', b = ''] = CHECKED(servers);
  await to([a, b, ...CHECKED(servers).slice(2)]);
  const { reloads } = (await audited(reloader)).counts;
  const before = await states();
  await by('set server app/a state maint', 'del server app/a');
  await by('add server app/stranger 127.0.0.1:9', 'set server app/stranger state ready');
  await by('set server app/b addr 127.0.0.2 port 9');
  await by('disable health app/c');
  await audited(reloader);
  await isShown('a ready', 'b ready', 'c ready');
  const after = await states();
  for (const name of ['a', 'b', 'c']) {
    const { id: _, ...state } = after.get(name) ?? {};
    const { id: __, ...wanted } = before.get(name) ?? {};
    assert.deepEqual(state, wanted, name);
  }

  await by('set server app/a state maint', 'del server app/a');
  await by(`add server app/a ${a.split(' ')[1]}`, 'set server app/a state ready');
  const status = await audited(reloader);
  assert.equal((await states()).get('a')?.checks, 'on');
  assert.equal(status.counts.reloads, reloads, reloader.log());
  assert.deepEqual(Object.keys(status.counts.differences).sort(), [
    'checks-off',
    'server-altered',
    'server-extra',
    'server-missing',
    'server-moved',
  ]);
  const metrics = (await reloader.get('/metrics')).text;
  assert.match(metrics, /drift_total\{code="server-moved"\} 1\n/);
  assert.match(metrics, /\nhaproxy_reloader_drift 0\n/);
  assert.deepEqual((await audited(reloader)).audit?.drift, [], 'nothing is found twice');
});

test('what cannot be brought back at runtime is by one reload, and what an operator drained stays so', async (t) => {
  const line = '  balance static-rr';
  const { reloader, by, isShown } = await operated(t, { line });
  await by('set server app/a state drain', 'set server app/b state maint', 'del server app/b');
  await audited(reloader);
  const { lastReload } = await until('it is reloaded', async () => {
    const now = await reloader.status();
    return now.counts.reloadCauses.drift === 1 ? now : undefined;
  });
  await audited(reloader);
  await isShown('a drain', 'b ready', 'c ready');
  assert.match(lastReload?.reason ?? '', /static-rr/);

  // Again at once: it is shown, and waits.
  await by('set server app/b state maint', 'del server app/b');
  for (let i = 0; i < 2; i += 1) {
    const { audit, counts } = await audited(reloader);
    const drift = audit?.drift.map(({ code, mended }) => [code, mended]);
    assert.deepEqual([drift, counts.reloads], [[['server-missing', false]], 1]);
  }
  assert.match((await reloader.get('/metrics')).text, /\nhaproxy_reloader_drift 1\n/);
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
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url, flags: [SELDOM] });
  await reloader.isLive(bundle.etag);
  await audited(reloader);
  const { worker } = createMaster(reloader.socket);
  return { root, reloader, worker, third };
}

test('maps and certificates that another hand changes are as they should be again', async (t) => {
  const { root, reloader, worker, third } = await withFiles(t);
  const [map, seen, b] = [`${root}/files/paths.map`, `${root}/files/seen.map`, `${root}/ssl/b.pem`];
  /** Without references, and where a file was read from: nowhere, for what came by a command. */
  const show = async (command: string) => {
    // An audit of its own accord may be at the certificates.
    const text = await until('they are not locked', async () => {
      const told = await worker.ask(command);
      return told.includes('currently locked') ? undefined : told;
    });
    const shown = text.trim().split('\n');
    const lines = shown.filter((line) => !/^(?:Crt|Key|OCSP|SCTL) filename:/.test(line));
    return lines.map((line) => line.replace(/^0x\S+ /, ''));
  };
  /** Commands of another hand; what an audit then finds. */
  const after = async (...commands: readonly (readonly [command: string, payload?: string])[]) => {
    for (const [command, payload] of commands) await worker.ask(command, payload);
    const { audit } = await audited(reloader);
    return audit?.drift.map(({ code, where }) => `${code} ${where.slice(root.length + 1)}`);
  };
  const [list, folderOf] = [`${root}/files/list.txt`, `${root}/ssl`];
  const blocked = `${root}/files/blocked.lst`;
  const things = [
    ...[`map ${map}`, `acl ${blocked}`, `ssl crt-list ${list}`, `ssl crt-list ${folderOf}`],
    ...['ssl cert', `ssl cert ${b}`],
  ];
  const all = async () => Promise.all(things.map((thing) => show(`show ${thing}`)));
  const before = (await all()).map((lines) => [...new Set(lines)].sort());
  const isAsBefore = async () =>
    assert.deepEqual(
      (await all()).map((lines) => lines.toSorted()),
      before,
    );

  assert.deepEqual(await after([`add map ${map} /three 3`]), ['map-differs files/paths.map']);
  assert.deepEqual(await after([`set map ${map} /one 9`]), ['map-differs files/paths.map']);
  assert.deepEqual(await after([`del acl ${blocked} 192.0.2.1`]), [
    'acl-differs files/blocked.lst',
  ]);
  // A rule changes this one: nobody's to bring back.
  assert.deepEqual(await after([`add map ${seen} 192.0.2.2 /x`]), []);
  await isAsBefore();

  const change = (file: string) =>
    [[`set ssl cert ${file}`, third], [`commit ssl cert ${file}`]] as const;
  assert.deepEqual(await after(...change(b)), ['certificate-differs ssl/b.pem']);
  const unlist = `del ssl crt-list ${list} ${b}`;
  assert.deepEqual(await after([unlist]), ['certificate-unlisted ssl/b.pem']);
  await isAsBefore();
  const gone = [[unlist], [`del ssl crt-list ${folderOf} ${b}`], [`del ssl cert ${b}`]] as const;
  assert.deepEqual(await after(...gone), ['certificate-missing ssl/b.pem']);
  await isAsBefore();
  const c = `${root}/ssl/c.pem`;
  const come = [
    [`new ssl cert ${c}`],
    ...change(c),
    [`add ssl crt-list ${folderOf} ${c}`],
  ] as const;
  assert.deepEqual(await after(...come), [
    'certificate-listed ssl/c.pem',
    'certificate-extra ssl/c.pem',
  ]);
  await isAsBefore();
  const { counts } = await reloader.status();
  assert.equal(counts.reloads, 0, reloader.log());
  assert.deepEqual(await show(`show map ${seen}`), ['192.0.2.1 /', '192.0.2.2 /x']);
});

test("a server that cannot be mended for its connections is in nobody's hand", async (t) => {
  const { servers, reloader, port, worker, to, by, states } = await operated(t, {
    flags: [SELDOM, '--min-reload-interval=600'],
    line: '  option abortonclose',
  });
  const [a = '', b = '', c = ''] = servers;
  // A reload: the next one has to wait.
  await to([a, b, `${c} check inter 60s`], 6);
  await audited(reloader);
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
  await until('it is under way', async () =>
    /,c,0,0,[1-9]/.test(await worker.ask('show stat app 4 -1')),
  );
  const first = await audited(reloader);
  assert.deepEqual(
    first.audit?.drift.map(({ code, mended }) => [code, mended]),
    [['server-altered', false]],
  );
  const now = await audited(reloader);
  assert.deepEqual(
    now.held.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.equal((await states()).get('c')?.state, 'ready');
  held.destroy();
  await until('it is mended', async () => {
    await audited(reloader);
    return (await states()).get('c')?.checks === 'on';
  });
});
