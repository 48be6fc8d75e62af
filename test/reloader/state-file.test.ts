import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProxies } from '../../reloader/config/proxy.ts';
import { parseConfiguration } from '../../reloader/config/sections.ts';
import { asksForState } from '../../reloader/config/state-file-use.ts';
import { carriedState } from '../../reloader/runtime/carried-state.ts';

test('a state file is ours to name where a configuration asks for one and names none', () => {
  const ask = 'defaults\n  load-server-state-from-file global\n';
  const named = `global\n\tserver-state-file /var/lib/state\n${ask}`;
  const cases = [
    [ask, true],
    ['backend b\n\tload-server-state-from-file\tglobal # all\n', true],
    [`global\n  server-state-base /var/lib\n${ask}`, true],
    [`# server-state-file /var/lib/state\n${ask}`, true],
    ['defaults\n  load-server-state-from-file local\n  server-state-file-name x\n', false],
    ['defaults\n  load-server-state-from-file none\n', false],
    ['defaults\n  # load-server-state-from-file global\n', false],
    ['defaults\n  no load-server-state-from-file global\n', false],
    [named, false],
    ['', false],
  ] as const;
  for (const [configuration, is] of cases)
    assert.equal(asksForState(configuration), is, configuration);
});

const HEADER =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_port';

test('a state file has the rows of the same servers, at their written ports, out of maintenance', () => {
  const { proxies } = readProxies(
    parseConfiguration(`backend app
  server same 192.0.2.1:80 check
  server drained 192.0.2.1:80 check
  server maintained 192.0.2.1:80 check
  server disabled 192.0.2.1:80 check disabled
  server moved 192.0.2.1:81 check
  server six [2001:db8::1]:80 check
  server named backend.example:80 check
`),
  );
  const same = new Map(
    proxies.flatMap(({ section, servers }) =>
      servers.map((server) => [`${section.name}/${server.name}`, server] as const),
    ),
  );
  const row = (name: string, admin: number, address = '192.0.2.1') =>
    `2 app 1 ${name} ${address} 0 ${admin} 1 1 80`;
  const other = '3 other 1 same 192.0.2.1 0 0 1 1 80';
  const [kept, drained, six] = [row('same', 0), row('drained', 8), row('six', 0, '2001:db8::1')];
  const left = [row('maintained', 1), row('disabled', 4), row('moved', 0), row('named', 0)];
  const shown = ['1', HEADER, kept, drained, ...left, row('gone', 0), other, six, '', ''];
  const wanted = ['1', HEADER, kept, drained, six, ''];
  const nobodys = new Map();
  assert.equal(carriedState(shown.join('\n'), same, nobodys), wanted.join('\n'));
  assert.equal(carriedState(shown.join('\n'), new Map(), nobodys), '1\n');
  assert.equal(carriedState('', same, nobodys), '1\n');
  const held = { backend: 'app', name: 'maintained', state: 'maint', since: '' } as const;
  const rows = carriedState(shown.join('\n'), same, new Map([['app/maintained', held]]));
  assert.ok(rows.includes(row('maintained', 1)) && !rows.includes(row('disabled', 4)));
});
