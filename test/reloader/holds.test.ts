import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExpectations } from '../../reloader/audit/expected-servers.ts';
import { findHolds } from '../../reloader/holds/find-holds.ts';
import { type Holds, parseHold, pathOf } from '../../reloader/holds/hold.ts';
import { underHolds } from '../../reloader/holds/under-holds.ts';
import type { Operation } from '../../reloader/operation.ts';
import { createReading } from '../../reloader/plan/reading.ts';
import { parseServerStates } from '../../reloader/runtime/server-state.ts';

const HEADER =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_port';
const NOON = new Date('2026-01-02T12:00:00.000Z');

const expect = (config: string) => createExpectations()(createReading()(config));
const show = (...rows: readonly (readonly [name: string, admin: number, weight: number])[]) =>
  parseServerStates(
    [
      HEADER,
      ...rows.map(([name, admin, weight]) => `1 b 1 ${name} 192.0.2.1 2 ${admin} ${weight} 80`),
    ].join('\n'),
  );
const known = (...holds: readonly object[]): Holds =>
  new Map(holds.flatMap(parseHold).map((hold) => [pathOf(hold), hold]));

test('a server is held where its state or weight is not what its line says', () => {
  const expected = expect(`backend b
  server plain 192.0.2.1:80
  server drained 192.0.2.1:80
  server off 192.0.2.1:80 disabled
  server on 192.0.2.1:80 disabled
  server light 192.0.2.1:80 weight 9
  server agent 192.0.2.1:80 agent-check agent-port 9
  server dynamic "\${ADDRESS}" weight 2
`);
  const states = show(
    ['plain', 0, 1],
    ['drained', 8, 1],
    ['off', 5, 1],
    ['on', 4, 1],
    ['light', 1, 3],
    ['agent', 8, 7],
    ['dynamic', 1, 9],
    ['stranger', 1, 1],
  );
  const holds = findHolds({ known: known(), expected, states, backends: ['b'], now: NOON });
  assert.deepEqual(
    [...holds.values()].map(({ name, state, weight }) => [name, state, weight]),
    [
      ['drained', 'drain', undefined],
      ['light', 'maint', 3],
      ['on', 'ready', undefined],
    ],
  );
});

test('a hold ends with its deletion by hand, stays where nobody looked, and for a day where it is in no release', () => {
  const expected = expect(
    'backend b\n  server here 192.0.2.1:80\nbackend c\n  server x 192.0.2.1:80\n',
  );
  const held = { state: 'drain', since: '2026-01-01T00:00:00.000Z' };
  const before = known(
    { backend: 'b', name: 'here', ...held },
    { backend: 'b', name: 'left', ...held },
    { backend: 'b', name: 'long', ...held, away: '2026-01-01T11:59:00.000Z' },
    { backend: 'c', name: 'x', ...held },
  );
  const found = findHolds({ known: before, expected, states: show(), backends: ['b'], now: NOON });
  assert.deepEqual([...found.keys()], ['b/left', 'c/x']);
  assert.equal(found.get('b/left')?.away, NOON.toISOString());
  const back = expect('backend b\n  server left 192.0.2.1:80\n');
  const states = show(['left', 8, 1]);
  const again = findHolds({ known: found, expected: back, states, backends: ['b'], now: NOON });
  assert.deepEqual(again.get('b/left'), { backend: 'b', name: 'left', ...held });
});

test('operations leave alone what is held, and set it again where a server is added', () => {
  const target = {
    ...{
      backend: 'b',
      name: 'a',
      address: '192.0.2.1',
      port: 80,
      weight: 2,
      disabled: false,
      id: 0,
    },
  };
  const operations: readonly Operation[] = [
    { kind: 'weigh-server', target },
    { kind: 'switch-server', target },
    { kind: 'move-server', target },
    { kind: 'add-server', target, words: [], check: false, after: [] },
  ];
  const kinds = (holds: Holds) => underHolds(operations, holds).map(({ kind }) => kind);
  assert.deepEqual(
    kinds(known()),
    operations.map(({ kind }) => kind),
  );
  const since = NOON.toISOString();
  const drained = known({ backend: 'b', name: 'a', state: 'drain', since });
  assert.deepEqual(kinds(drained), ['weigh-server', 'move-server', 'add-server', 'hold-server']);
  const weighed = known({ backend: 'b', name: 'a', weight: 7, since });
  assert.deepEqual(kinds(weighed), ['switch-server', 'move-server', 'add-server', 'hold-server']);
  const last = underHolds(operations, weighed).at(-1);
  assert.deepEqual(last?.kind === 'hold-server' && [last.hold.state, last.target.weight], [
    'ready',
    7,
  ]);
});

test('what is not understood of a hold on disk is none', () => {
  const since = NOON.toISOString();
  for (const value of [
    null,
    [],
    { backend: 'b' },
    { backend: 'b', name: 'a b', since },
    { backend: 'b', name: 'a', since: '?' },
  ])
    assert.deepEqual(parseHold(value), []);
  assert.deepEqual(parseHold({ backend: 'b', name: 'a', since, state: 'x', weight: '1' }), [
    { backend: 'b', name: 'a', since },
  ]);
});
