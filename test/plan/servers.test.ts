import { describe } from 'node:test';
import { A, B, C, table } from './table.ts';

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
