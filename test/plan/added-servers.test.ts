import { describe } from 'node:test';
import { A, HEAD, type Row, table } from './table.ts';

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
