import assert from 'node:assert/strict';
import { it } from 'node:test';
import { planRetirement } from '../../reloader/plan/retirement.ts';
import { release } from './kit.ts';

const backend = (name: string, servers: string) => `backend ${name}\n${servers}`;
const A = '  server a 10.0.0.1:80 check\n';
const B = '  server b 10.0.0.2:80 check\n';
const C = '  server c 10.0.0.3:80\n';

interface Row {
  readonly why: string;
  readonly old: string;
  readonly now: string;
  readonly retired: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    why: 'a server that leaves while others stay goes at once',
    old: backend('x', A + B + C),
    now: backend('x', A),
    retired: ['x/b', 'x/c'],
  },
  {
    why: 'one at another address is dead where it was',
    old: backend('x', A + B),
    now: backend('x', `${A}  server b 10.0.0.2:81 check\n`),
    retired: ['x/b'],
  },
  {
    why: 'other options are no other address',
    old: backend('x', A + B),
    now: backend('x', `${A}  server b 10.0.0.2:80 weight 5\n`),
    retired: [],
  },
  {
    why: 'the last ones serve until the new ones are there',
    old: backend('x', A + B),
    now: backend('x', `  server a 10.0.0.9:80\n${C}`),
    retired: [],
  },
  {
    why: 'one that stays in maintenance serves nobody',
    old: backend('x', `${A}  server b 10.0.0.2:80 disabled\n`),
    now: backend('x', `  server b 10.0.0.2:80 disabled\n${C}`),
    retired: [],
  },
  {
    why: 'nobody shall serve: all go',
    old: backend('x', A + B),
    now: backend('x', ''),
    retired: ['x/a', 'x/b'],
  },
  {
    why: 'a backend that goes is asked no more',
    old: backend('x', A) + backend('y', A + B),
    now: backend('y', A),
    retired: ['y/b'],
  },
  {
    why: 'which address holds is not known where there are conditions',
    old: backend('x', `${A}.if feature(LUA)\n${B}.else\n  server b 10.0.0.7:80\n.endif\n${C}`),
    now: backend('x', `${A}.if feature(LUA)\n${B}.else\n  server b 10.0.0.8:80\n.endif\n`),
    retired: ['x/c'],
  },
];

for (const { why, old, now, retired } of ROWS)
  it(why, () => {
    const planned = planRetirement(release({ config: old }), release({ config: now }));
    assert.deepEqual(
      planned.map((server) => `${server.backend}/${server.name}`),
      retired,
    );
  });
