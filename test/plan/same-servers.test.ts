import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findSameServers } from '../../reloader/plan/same-servers.ts';
import { release } from './kit.ts';

const HEAD = 'defaults\n  mode http\n  timeout server 5s\n';
const text = (lines: string, head = HEAD) =>
  `${head}frontend f\n  bind 127.0.0.1:80\nbackend b\n${lines}`;
const A = '  server a 10.0.0.1:80 check inter 1s\n';
const B = '  server b 10.0.0.2:80 check\n';

interface Row {
  readonly why: string;
  readonly configurations: readonly string[];
  readonly same: readonly string[];
}

const ROWS: readonly Row[] = [
  { why: 'one that stays', configurations: [text(A + B), text(A + B)], same: ['b/a', 'b/b'] },
  { why: 'a new one and one that goes are none', configurations: [text(A), text(B)], same: [] },
  {
    why: 'another address, port or option is another server',
    configurations: [
      text(`${A}${B}  server c 10.0.0.3:80 check\n  server d 10.0.0.4:80 check\n`),
      text(
        `${A}  server b 10.0.0.9:80 check\n  server c 10.0.0.3:81 check\n  server d 10.0.0.4:80\n`,
      ),
    ],
    same: ['b/a'],
  },
  {
    why: 'the order of lines and of options means nothing',
    configurations: [text(A + B), text(`${B}  server a 10.0.0.1:80 inter 1s check\n`)],
    same: ['b/a', 'b/b'],
  },
  {
    why: 'default-server counts as the lines themselves',
    configurations: [
      text(`  default-server inter 1s\n  server a 10.0.0.1:80 check\n${B}`),
      text(A + B),
    ],
    same: ['b/a'],
  },
  {
    why: 'rules for requests decide on no check',
    configurations: [text(A), text(`  http-request deny if FALSE\n  balance leastconn\n${A}`)],
    same: ['b/a'],
  },
  {
    why: 'another kind of check is another way to be dead',
    configurations: [text(A), text(`  option httpchk GET /alive\n${A}`)],
    same: [],
  },
  {
    why: 'so are other defaults',
    configurations: [text(A), text(A, `${HEAD}  timeout check 9s\n`)],
    same: [],
  },
  {
    why: 'half of a release may run: it must be the same there, too',
    configurations: [text(A + B), text(`${A}  server b 10.0.0.2:80 check port 9\n`), text(A + B)],
    same: ['b/a'],
  },
  {
    why: 'a block with a condition leaves all of it unsure',
    configurations: [text(`.if feature(LUA)\n${A}.endif\n`), text(A)],
    same: [],
  },
  {
    why: 'of two of one name neither is meant',
    configurations: [text(A + A + B), text(A + A + B)],
    same: ['b/b'],
  },
];

for (const { why, configurations, same } of ROWS)
  it(why, () => {
    const releases = configurations.map((config) => release({ config }));
    assert.deepEqual([...findSameServers(releases).keys()].sort(), same);
    for (const path of ['b/a', 'b/b', 'b/c', 'b/d', 'b/e']) {
      const alone = findSameServers(releases, { among: new Set([path]) });
      assert.deepEqual(
        [...alone.keys()],
        same.filter((each) => each === path),
      );
    }
  });
