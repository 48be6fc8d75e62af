import { describe } from 'node:test';
import { A, B, C, HEAD, table } from './table.ts';

describe('what else differs is a reload', () => {
  table([
    {
      why: 'another setting',
      old: A,
      now: `  option httpchk\n${A}`,
      steps: /^reload: backend b differs: option \(line/,
    },
    {
      why: 'a setting less',
      old: `  option httpchk\n${A}`,
      now: A,
      steps: /^reload: backend b differs: option \(line \d+ before/,
    },
    {
      why: 'a value in quotes of another kind',
      old: `  http-request set-header x "a#b"\n${A}`,
      now: `  http-request set-header x 'a#b'\n${A}`,
      steps: /^reload/,
    },
    {
      why: 'a new backend',
      old: A,
      now: `${A}backend c\n${C}`,
      steps: /^reload: backend c is new/,
    },
    {
      why: 'a backend less',
      old: `${A}backend c\n${C}`,
      now: A,
      steps: /^reload: backend c is gone/,
    },
    {
      why: 'global',
      old: A,
      now: A,
      heads: [HEAD, HEAD.replace('nbthread 2', 'nbthread 1')],
      steps: /^reload: global differs: nbthread/,
    },
    {
      why: 'defaults',
      old: A,
      now: A,
      heads: [HEAD, HEAD.replace('5s', '6s')],
      steps: /^reload: defaults differs: timeout/,
    },
    {
      why: 'server-template',
      old: '  server-template s 1-2 10.0.0.1:80\n',
      now: '  server-template s 1-3 10.0.0.1:80\n',
      steps: /^reload: .*server-template/,
    },
    {
      why: 'a default-server above a server-template',
      old: `  server-template s 1-2 10.0.0.1:80\n${A}`,
      now: `  default-server check\n  server-template s 1-2 10.0.0.1:80\n${A}`,
      steps: /^reload: .*server-template/,
    },
    {
      why: 'a conditional block around a change',
      old: `.if defined(X)\n${A}.endif\n`,
      now: `.if defined(X)\n${A}${B}.endif\n`,
      steps: /^reload: .*conditional block/,
    },
    {
      why: 'a quote that does not end',
      old: A,
      now: `${A}  server b 10.0.0.2:80 "\n`,
      steps: /^reload: .*quote that does not end/,
    },
    {
      why: 'a section that is not known',
      old: `${A}widget w\n  server x 10.0.0.5:80\n`,
      now: `${A}widget w\n  server y 10.0.0.6:80\n`,
      steps: /^reload: .*widget is not understood/,
    },
    {
      why: 'two servers of one name',
      old: A,
      now: A + A,
      steps: /^reload: .*names a server twice/,
    },
    {
      why: 'email alerts',
      old: `  email-alert to a\n${A}`,
      now: `  email-alert to a\n${A}${B}`,
      steps: /^reload: .*email-alert/,
    },
    {
      why: 'secrets do not reach the reason',
      old: `  stats auth me:hunter2\n${A}`,
      now: `  stats auth me:hunter3\n${A}`,
      steps: /^reload: (?!.*hunter)/,
    },
    { why: 'a version that is too old', old: A, now: A + B, steps: /^reload/, version: [2, 2] },
  ]);
});

describe('defaults', () => {
  const named =
    'defaults one\n  mode http\n  default-server weight 3\ndefaults two from one\n  default-server rise 9\n';
  table([
    {
      why: 'named ones, through from',
      old: `${named}backend c from two\n${A}`,
      now: `${named}backend c from two\n${A}${B}`,
      steps: ['add-server c/b 10.0.0.2:80 rise 9 weight 3'],
    },
    {
      why: 'the latest one holds, named or not',
      old: `${named}backend c\n${A}`,
      now: `${named}backend c\n${A}${B}`,
      steps: ['add-server c/b 10.0.0.2:80 rise 9 weight 3'],
    },
    {
      why: 'without from, nothing is inherited',
      old: `${named}defaults\n  mode http\nbackend c\n${A}`,
      now: `${named}defaults\n  mode http\nbackend c\n${A}${B}`,
      steps: ['add-server c/b 10.0.0.2:80'],
    },
    {
      why: 'others than before',
      old: `${named}backend c from one\n${A}`,
      now: `${named}backend c from two\n${A}`,
      steps: /^reload: backend c takes from other defaults/,
    },
    {
      why: 'a changed default-server changes every server under it',
      old: `${named}backend c from one\n${A}`,
      now: `${named.replace('weight 3', 'weight 4')}backend c from one\n${A}`,
      steps: ['weigh-server c/a 4'],
    },
  ]);
});
