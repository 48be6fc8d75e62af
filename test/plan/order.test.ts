import { describe } from 'node:test';
import { A, B, C, type Row, table } from './table.ts';

const D = '  server d 10.0.0.4:80 backup\n';
const E = '  server e 10.0.0.5:80 backup\n';
const at = (name: string, options: string) => `  server ${name} 10.0.0.9:80 ${options}\n`;

const row = (
  why: string,
  settings: string,
  [old, now]: readonly [string, string],
  steps: Row['steps'],
  version?: Row['version'],
): Row => ({
  why,
  old: settings + old,
  now: settings + now,
  steps,
  ...(version === undefined ? {} : { version }),
});

const BACKUP = /^reload: .*order of servers decides among backup servers/;
const COOKIE = /^reload: .*order of servers decides among servers of one cookie/;
const ADDRESS = /^reload: .*two servers are at one address/;
const NEWER = [3, 0] as const;

describe('the first backup takes all', () => {
  table([
    row('two that change places', '', [A + D + E, A + E + D], BACKUP),
    row('a new one ahead of an older one', '', [A + D, A + E + D], BACKUP),
    row('a new one behind it', '', [A + D, A + D + E], ['add-server b/e 10.0.0.5:80 backup']),
    row(
      'the first one leaves',
      '',
      [A + D + E, A + E],
      ['disable-server b/d', 'delete-server b/d'],
    ),
    row(
      'the first one becomes another',
      '',
      [A + D + E, A + B + at('d', 'backup tfo') + E],
      BACKUP,
    ),
    row(
      'the last one becomes another',
      '',
      [A + B + D + E, A + B + D + at('e', 'backup tfo')],
      ['replace-server b/e 10.0.0.9:80 backup tfo'],
    ),
    row(
      'a server becomes a backup ahead of another',
      '',
      [A + B + C + D, A + B + at('c', 'backup') + D],
      BACKUP,
    ),
    row('others among them', '', [A + D, A + B + D], ['add-server b/b 10.0.0.2:80']),
    row('others in another order', '', [A + B + D, D + B + A], ['nothing']),
    row('all of them at once', '  option allbackups\n', [A + D + E, A + E + D], ['nothing']),
    row(
      'all of them, a new one',
      '  option allbackups\n',
      [A + D, A + E + D],
      ['add-server b/e 10.0.0.5:80 backup'],
    ),
    row(
      'all of them, taken back',
      '  option allbackups\n  no option allbackups\n',
      [A + D + E, A + E + D],
      BACKUP,
    ),
    row('from default-server', '  default-server backup\n', [A + B, B + A], BACKUP),
    row(
      'perhaps, by the environment',
      '',
      [
        `${A}  server x 10.0.0.8:80 "\${ROLE}"\n${D}`,
        `${A}${D}  server x 10.0.0.8:80 "\${ROLE}"\n`,
      ],
      BACKUP,
    ),
    row(
      'a template beside them',
      '  server-template t 1-2 10.0.0.7:80 backup\n',
      [A + D, A + D + B],
      /^reload: .*has a template/,
    ),
    {
      why: 'a template elsewhere among them',
      old: `  server-template t 1-2 10.0.0.7:80 backup\n${D}`,
      now: `${D}  server-template t 1-2 10.0.0.7:80 backup\n`,
      steps: /^reload: .*server-template differs/,
    },
  ]);
});

describe('the first server of a cookie or an address is found', () => {
  const cookie = '  cookie S insert\n';
  const [one, two] = [at('one', 'cookie x'), '  server two 10.0.0.8:80 cookie x\n'];
  const other = '  server other 10.0.0.7:80 cookie y\n';
  const ring = '  balance uri\n  hash-type consistent\n  default-server hash-key addr-port\n';
  table([
    row('one cookie', cookie, [one + two, two + one], COOKIE),
    row('one cookie, a new one', cookie, [one, two + one], COOKIE, NEWER),
    row(
      'one cookie, a new one behind',
      cookie,
      [one, one + two],
      ['add-server b/two 10.0.0.8:80 cookie x'],
      NEWER,
    ),
    row('other cookies', cookie, [one + other, other + one], ['nothing']),
    row('cookies that nobody sets', '', [one + two, two + one], ['nothing']),
    row(
      'dynamic cookies of one address',
      '  cookie S insert dynamic\n',
      [at('p', '') + at('q', ''), at('q', '') + at('p', '')],
      ADDRESS,
    ),
    row(
      'dynamic cookies, one moves to the address of another',
      '  cookie S insert dynamic\n',
      [A + at('q', ''), at('a', '') + at('q', '')],
      ADDRESS,
    ),
    row('dynamic cookies apart', '  cookie S insert dynamic\n', [A + B, B + A], ['nothing']),
    row(
      'RDP cookies',
      '  persist rdp-cookie\n',
      [at('p', '') + at('q', ''), at('q', '') + at('p', '')],
      ADDRESS,
    ),
    row(
      'a table by address',
      '  stick-table type ip size 1k srvkey addr\n  stick on src\n',
      [A + at('p', ''), A + at('p', '') + at('q', '')],
      ADDRESS,
    ),
    row(
      'a ring by address',
      ring,
      [A + at('p', ''), A + at('p', '') + at('q', '')],
      ADDRESS,
      NEWER,
    ),
    row(
      'a ring by address, apart',
      ring,
      [A, A + at('p', '')],
      ['add-server b/p 10.0.0.9:80 hash-key addr-port'],
      NEWER,
    ),
  ]);
});

describe('ids that a table keeps', () => {
  const own = '  stick-table type ip size 1k\n  stick on src\n';
  const others = `listen o\n  bind :81\n  stick on src table b\n`;
  table([
    row(
      'of one backend: servers are found by name',
      own,
      [A + C, A + B + C],
      ['add-server b/b 10.0.0.2:80'],
    ),
    {
      why: 'of two: they mean the same in both',
      old: `${own}${A}${C}${others}`,
      now: `${own}${A}${B}${C}${others}`,
      steps: /^reload: .*another id/,
    },
    row(
      'in a rule',
      '  http-request deny if { src,table_server_id(b) 2 }\n',
      [A + C, A + B + C],
      /^reload: .*another id/,
    ),
    row(
      'with a template',
      '  balance first\n  server-template t 1-2 10.0.0.7:80\n',
      [A, A + B],
      /^reload: .*server-template/,
    ),
  ]);
});

describe('requests go on to servers in maintenance', () => {
  table([
    row(
      'option persist',
      '  option persist\n',
      [A + B, A],
      ['disable-server b/b', 'delete-server b/b'],
    ),
    row(
      'force-persist',
      '  force-persist if TRUE\n',
      [A + B, A],
      ['disable-server b/b', 'delete-server b/b'],
    ),
  ]);
});
