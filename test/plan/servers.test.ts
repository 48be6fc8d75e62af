import { describe } from 'node:test';
import { A, B, C, HEAD, type Row, table } from './table.ts';

describe('what costs nothing', () => {
  table([
    { why: 'the same text', old: A, now: A, steps: ['nothing'] },
    { why: 'comments and blank lines', old: A, now: `# x\n\n  # y\n${A}`, steps: ['nothing'] },
    {
      why: 'a comment at the end of a line',
      old: A,
      now: '  server a 10.0.0.1:80 # pod\n',
      steps: ['nothing'],
    },
    {
      why: 'indentation and blanks',
      old: A,
      now: '\tserver  a\t10.0.0.1:80  \r\n',
      steps: ['nothing'],
    },
    { why: 'the order of servers under roundrobin', old: A + B, now: B + A, steps: ['nothing'] },
    {
      why: 'the order of options',
      old: '  server a 10.0.0.1:80 check weight 5\n',
      now: '  server a 10.0.0.1:80 weight 5 check\n',
      steps: ['nothing'],
    },
    {
      why: 'quotes that change no word of a server',
      old: A,
      now: '  server "a" 10.0.0.1:80\n',
      steps: ['nothing'],
    },
    {
      why: 'an escape that changes no word of a server',
      old: '  server a 10.0.0.1:80 cookie x\\x41\n',
      now: "  server a 10.0.0.1:80 cookie 'xA'\n",
      steps: ['nothing'],
    },
    {
      why: 'options moved to default-server',
      old: '  server a 10.0.0.1:80 check\n',
      now: '  default-server check\n  server a 10.0.0.1:80\n',
      steps: ['nothing'],
    },
    {
      why: 'a default-server below every server',
      old: A,
      now: `${A}  default-server check\n`,
      steps: ['nothing'],
    },
    {
      why: 'a default that each server undoes',
      old: A,
      now: '  default-server check ssl backup\n  server a 10.0.0.1:80 no-check no-ssl no-backup\n',
      steps: ['nothing'],
    },
    {
      why: 'a conditional block that stays',
      old: `.if defined(X)\n${A}.endif\n`,
      now: `.if defined(X)\n${A} # same\n.endif\n`,
      steps: ['nothing'],
    },
    {
      why: 'the default weight, written out',
      old: A,
      now: '  server a 10.0.0.1:80 weight 1\n',
      steps: ['nothing'],
    },
  ]);
});

describe('servers', () => {
  table([
    { why: 'added', old: A, now: A + B, steps: ['add-server b/b 10.0.0.2:80'] },
    {
      why: 'removed: out at once, deleted at the end',
      old: A + B,
      now: A,
      steps: ['disable-server b/b', 'delete-server b/b'],
    },
    {
      why: 'one for another: the dead one leaves first',
      old: A + B,
      now: A + C,
      steps: ['disable-server b/b', 'add-server b/c 10.0.0.3:80', 'delete-server b/b'],
    },
    {
      why: 'all for others: the new ones first, so that somebody serves',
      old: A,
      now: B,
      steps: ['add-server b/b 10.0.0.2:80', 'disable-server b/a', 'delete-server b/a'],
    },
    {
      why: 'all that serve for others: one in maintenance is nobody',
      old: `${A}  server c 10.0.0.3:80 disabled\n`,
      now: `${B}  server c 10.0.0.3:80 disabled\n`,
      steps: ['add-server b/b 10.0.0.2:80', 'disable-server b/a', 'delete-server b/a'],
    },
    {
      why: 'all for others, in two backends: all that are new come before any leaves',
      old: `${A}listen l\n  bind 127.0.0.1:81\n${A}`,
      now: `${B}listen l\n  bind 127.0.0.1:81\n${B}`,
      steps: [
        'add-server b/b 10.0.0.2:80',
        'add-server l/b 10.0.0.2:80',
        'disable-server b/a',
        'delete-server b/a',
        'disable-server l/a',
        'delete-server l/a',
      ],
    },
    {
      why: 'switched off for a new one: that one first',
      old: A,
      now: `  server a 10.0.0.1:80 disabled\n${B}`,
      steps: ['add-server b/b 10.0.0.2:80', 'switch-server b/a off'],
    },
    {
      why: 'without weight for a new one: that one first',
      old: A,
      now: `  server a 10.0.0.1:80 weight 0\n${B}`,
      steps: ['add-server b/b 10.0.0.2:80', 'weigh-server b/a 0'],
    },
    {
      why: 'removed for one that is switched on: that one first',
      old: `${A}  server b 10.0.0.2:80 disabled\n`,
      now: B,
      steps: ['switch-server b/b on', 'disable-server b/a', 'delete-server b/a'],
    },
    {
      why: 'the only one that serves, changed otherwise',
      old: `${A}  server b 10.0.0.2:80 disabled\n`,
      now: '  server a 10.0.0.1:80 backup\n  server b 10.0.0.2:80 disabled\n',
      steps: /^reload: .*1 servers would have to leave/,
    },
    {
      why: 'the last one removed',
      old: A,
      now: '',
      steps: ['disable-server b/a', 'delete-server b/a'],
    },
    {
      why: 'moved',
      old: A,
      now: '  server a 10.0.0.9:81\n',
      steps: ['move-server b/a 10.0.0.9 81'],
    },
    {
      why: 'reweighted',
      old: A,
      now: '  server a 10.0.0.1:80 weight 7\n',
      steps: ['weigh-server b/a 7'],
    },
    {
      why: 'reweighted by default-server',
      old: A + B,
      now: `  default-server weight 7\n${A}${B}`,
      steps: ['weigh-server b/a 7', 'weigh-server b/b 7'],
    },
    {
      why: 'limited',
      old: '  server a 10.0.0.1:80 maxconn 5\n',
      now: '  server a 10.0.0.1:80 maxconn 6\n',
      steps: ['limit-server b/a 6'],
    },
    {
      why: 'switched off',
      old: A,
      now: '  server a 10.0.0.1:80 disabled\n',
      steps: ['switch-server b/a off'],
    },
    {
      why: 'switched on over a default',
      old: `  default-server disabled\n${A}`,
      now: '  default-server disabled\n  server a 10.0.0.1:80 enabled\n',
      steps: ['switch-server b/a on'],
    },
    {
      why: 'changed otherwise: out, deleted and added again',
      old: A + B,
      now: `${A}  server b 10.0.0.2:80 backup\n`,
      steps: ['replace-server b/b 10.0.0.2:80 backup'],
    },
    {
      why: 'most changed otherwise',
      old: A + B,
      now: `  default-server backup\n${A}${B}`,
      steps: /^reload: .*2 servers would have to leave/,
    },
    {
      why: 'an IPv6 address, in its canonical form',
      old: A,
      now: `${A}  server b [2001:DB8:0::1]:80\n`,
      steps: ['add-server b/b [2001:db8::1]:80'],
    },
    {
      why: 'a listen section',
      old: `${A}listen l\n  bind 127.0.0.1:81\n${B}`,
      now: `${A}listen l\n  bind 127.0.0.1:81\n${B}${C}`,
      steps: ['add-server l/c 10.0.0.3:80'],
    },
  ]);
});

describe('options of an added server', () => {
  const row = (
    why: string,
    options: string,
    steps: Row['steps'],
    version?: Row['version'],
  ): Row => ({
    why,
    old: A,
    now: `${A}  server b 10.0.0.2:80 ${options}\n`,
    steps,
    ...(version === undefined ? {} : { version }),
  });
  table([
    row('default-server is expanded', '', ['add-server b/b 10.0.0.2:80']),
    {
      why: 'default-server above, of the section and of its defaults',
      old: A,
      now: `${A}  default-server inter 2s\n  server b 10.0.0.2:80 rise 3\n`,
      steps: ['add-server b/b 10.0.0.2:80 check inter 2s rise 3'],
      heads: [
        `${HEAD}  default-server check inter 1s\n`,
        `${HEAD}  default-server check inter 1s\n`,
      ],
    },
    row('ssl checks need check-ssl', 'ssl verify none check', [
      'add-server b/b 10.0.0.2:80 check ssl verify none check-ssl',
    ]),
    row('but not with a port of their own', 'ssl verify none check port 81', [
      'add-server b/b 10.0.0.2:80 check port 81 ssl verify none',
    ]),
    row('and not where the line says no', 'ssl verify none check no-check-ssl', [
      'add-server b/b 10.0.0.2:80 check ssl verify none',
    ]),
    row('PROXY protocol checks need check-send-proxy', 'send-proxy check', [
      'add-server b/b 10.0.0.2:80 check send-proxy check-send-proxy',
    ]),
    row('maxconn takes minconn with it', 'maxconn 9', [
      'add-server b/b 10.0.0.2:80 maxconn 9 minconn 9',
    ]),
    row('cookie on 2.6', 'cookie b', /^reload: .*HAProxy 2.6 takes no cookie/),
    row('cookie on 3.0', 'cookie b', ['add-server b/b 10.0.0.2:80 cookie b'], [3, 0]),
    row('an SNI that 3.3 did not give', 'ssl verify none', /^reload: .*no SNI/, [3, 3]),
    row(
      'an SNI of its own',
      'ssl sni str(x)',
      ['add-server b/b 10.0.0.2:80 sni str(x) ssl'],
      [3, 3],
    ),
    row('no SNI in its checks', 'ssl sni str(x) check', /^reload: .*no SNI/, [3, 3]),
    row('init-addr', 'init-addr none', /^reload: .*takes no init-addr/),
    row('resolvers', 'resolvers dns', /^reload: .*resolvers/),
    row('agent-check', 'agent-check agent-port 9', /^reload: .*agent-check/),
    row('track', 'track a', /^reload: .*track/),
    row('an option that nobody knows', 'frobnicate 3', /^reload: .*frobnicate is not understood/),
    row(
      'source, whose words vary',
      'source 10.0.0.9 usesrc clientip',
      /^reload: .*HAProxy 2.6 takes no source/,
    ),
    row('ca-file that is not loaded', 'ssl ca-file /ca.pem', /^reload: .*not loaded/),
    row('an argument with a blank', 'sni "str(a b)" ssl', /^reload: .*cannot be written/),
    row('the environment', 'cookie "$X"', /^reload: .*environment/),
    row('the environment without quotes', 'weight $X', /^reload: .*environment/),
    row('an option without its argument', 'weight', /^reload: .*weight is not understood/),
    {
      why: 'ca-file that another server loads',
      old: '  server a 10.0.0.1:80 ssl ca-file /ca.pem\n',
      now: '  server a 10.0.0.1:80 ssl ca-file /ca.pem\n  server b 10.0.0.2:80 ssl ca-file /ca.pem\n',
      steps: ['add-server b/b 10.0.0.2:80 ca-file /ca.pem ssl'],
    },
    {
      why: 'more words than a command may have',
      old: A,
      now: `${A}  default-server check inter 1s fastinter 1s downinter 1s rise 1 fall 1 port 1 addr 10.0.0.1 weight 1 maxconn 1 maxqueue 1 minconn 1 slowstart 1s observe layer7 on-error fastinter error-limit 1\n  server b 10.0.0.2:80 ssl verify none alpn h2 sni str(a) ciphers a ciphersuites b ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.3 pool-max-conn 1 pool-low-conn 1 pool-purge-delay 1s check-sni a check-alpn h2 check-ssl send-proxy check-send-proxy proxy-v2-options ssl tfo on-marked-down shutdown-sessions\n`,
      steps: /^reload: .*longer than a command/,
    },
  ]);
});

describe('addresses that a reload alone can bring', () => {
  for (const address of [
    'pod.local:80',
    '10.0.0.2',
    '10.0.0.2:+1',
    'unix@/x',
    '/x',
    '0.0.0.0:80',
    ':80',
    '[::]:80',
    '10.0.0.2:0',
    '10.0.0.2:70000',
    '[::ffff:10.0.0.2]:80',
    '$IP:80',
    '010.0.0.2:80',
  ])
    table([
      { why: address, old: A, now: `${A}  server b ${address}\n`, steps: /^reload: server b\/b/ },
    ]);
});
