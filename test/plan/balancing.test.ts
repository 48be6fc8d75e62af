import { describe } from 'node:test';
import { A, B, C, HEAD, type Row, table } from './table.ts';

describe('balancing', () => {
  const row = (
    why: string,
    balance: string,
    [old, now]: readonly [string, string],
    steps: Row['steps'],
    version?: Row['version'],
  ): Row => ({
    why,
    old: balance + old,
    now: balance + now,
    steps,
    ...(version === undefined ? {} : { version }),
  });
  const hash = '  balance uri\n  hash-type consistent\n';
  const add = [A, A + B] as const;
  table([
    row('leastconn', '  balance leastconn\n', add, ['add-server b/b 10.0.0.2:80']),
    row('random', '  balance random(2)\n', add, ['add-server b/b 10.0.0.2:80'], [3, 0]),
    row('random, before 3.0: a place on the ring of its own', '  balance random(2)\n', add, [
      'add-server b/b 10.0.0.2:80 id 65158786',
    ]),
    row(
      'static-rr takes no servers',
      '  balance static-rr\n',
      add,
      /^reload: .*static-rr takes no/,
    ),
    row(
      'static-rr lets them go',
      '  balance static-rr\n',
      [A + B, A],
      ['disable-server b/b', 'delete-server b/b'],
    ),
    row(
      'static-rr moves them',
      '  balance static-rr\n',
      [A, '  server a 10.0.0.9:80\n'],
      ['move-server b/a 10.0.0.9 80'],
    ),
    row(
      'static-rr fixes weights',
      '  balance static-rr\n',
      [A, '  server a 10.0.0.1:80 weight 2\n'],
      /^reload: .*static-rr fixes weights/,
    ),
    row(
      'static-rr: order counts',
      '  balance static-rr\n',
      [A + B, B + A],
      /^reload: .*order of servers/,
    ),
    row('a hash by map takes no servers', '  balance source\n', add, /^reload: .*source takes no/),
    row('a consistent hash: at the end, ids stay', hash, add, ['add-server b/b 10.0.0.2:80 id 2']),
    row(
      'a consistent hash: in between, ids move',
      hash,
      [A + C, A + B + C],
      /^reload: .*another id/,
    ),
    row(
      'a consistent hash with ids',
      hash,
      [
        '  server a 10.0.0.1:80 id 7\n',
        '  server b 10.0.0.2:80 id 8\n  server a 10.0.0.1:80 id 7\n',
      ],
      ['add-server b/b 10.0.0.2:80 id 8'],
    ),
    row(
      'a consistent hash: a freed id is asked for after its server is deleted',
      hash,
      [A + B, A + C],
      ['disable-server b/b', 'delete-server b/b', 'add-server b/c 10.0.0.3:80 id 2'],
    ),
    row(
      'a consistent hash by address',
      hash,
      [
        '  default-server hash-key addr-port\n'.concat(A, C),
        '  default-server hash-key addr-port\n'.concat(A, B, C),
      ],
      ['add-server b/b 10.0.0.2:80 hash-key addr-port'],
      [3, 0],
    ),
    row('first goes by ids', '  balance first\n', [A + C, A + B + C], /^reload: .*another id/),
    row('one that nobody knows', '  balance sticky\n', add, /^reload: .*sticky is not understood/),
    {
      why: 'inherited from defaults',
      old: A,
      now: A + B,
      heads: [`${HEAD}  balance source\n`, `${HEAD}  balance source\n`],
      steps: /^reload: .*source takes no/,
    },
    row('dynamic cookies', '  cookie S insert dynamic\n', add, /^reload: .*dynamic cookies/),
    row('mode log', '  mode log\n', add, /^reload: .*mode log/, [3, 0]),
  ]);
});

describe('servers that are named elsewhere stay', () => {
  const row = (why: string, line: string, steps: Row['steps']): Row => ({
    why,
    old: `${line}\n${A}${B}`,
    now: `${line}\n${A}`,
    steps,
  });
  table([
    row('use-server', '  use-server b if TRUE', /^reload: .*named elsewhere/),
    row('a fetch', '  http-request deny if { srv_is_up(b) }', /^reload: .*named elsewhere/),
    row(
      'a fetch with its backend',
      '  http-request deny if { srv_conn(b/b) gt 5 }',
      /^reload: .*named elsewhere/,
    ),
    row('a backend of the same name is another thing', '  http-request set-header x b', [
      'disable-server b/b',
      'delete-server b/b',
    ]),
    {
      why: 'track',
      old: '  server a 10.0.0.1:80 track b\n'.concat(B),
      now: '  server a 10.0.0.1:80 track b\n',
      steps: /^reload: .*named elsewhere/,
    },
    {
      why: 'ids in a log',
      old: `  http-request set-header x %[srv_id]\n${A}${C}`,
      now: `  http-request set-header x %[srv_id]\n${A}${B}${C}`,
      steps: /^reload: .*another id/,
    },
  ]);
});
