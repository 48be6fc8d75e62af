import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findUnbalanced } from '../../functions/core/balance-lines.ts';

const S = '  server s 10.0.0.1:80\n';

const ROWS: readonly (readonly [why: string, config: string, names: readonly string[]])[] = [
  ['a backend without a line', `backend b\n${S}`, ['b']],
  ['a line of its own', `backend b\n${S}  balance source # even\n`, []],
  ['a line that is a comment', `backend b\n  # balance source\n${S}`, ['b']],
  ['no servers, nothing to balance', 'backend b\n  mode http\nlisten l\n  bind :80\n', []],
  ['a template of servers', 'listen l\n  server-template s 3 10.0.0.1:80\n', ['l']],
  ['from the defaults above', `defaults\n  balance source\nbackend b\n${S}`, []],
  [
    'the latest ones hold',
    `defaults\n  balance source\ndefaults\n  mode http\nbackend b\n${S}`,
    ['b'],
  ],
  [
    'from the ones that it names',
    `defaults d\n  balance source\ndefaults\nbackend b from d\n${S}`,
    [],
  ],
  [
    'and those that they name',
    `defaults d\n  balance first\ndefaults e from d\nbackend b from e\n${S}`,
    [],
  ],
  [
    'defaults before this one, unnamed',
    `defaults\n  balance first\ndefaults e\nbackend b\n${S}`,
    ['b'],
  ],
  ['servers of others', `backend b\n  balance first\n${S}peers p\n${S}ring r\n${S}`, []],
  ['several, sorted', `backend z\n${S}backend a\n${S}`, ['a', 'z']],
  ['a section that names itself', `defaults d from d\nbackend b from d\n${S}`, ['b']],
];

for (const [why, config, names] of ROWS)
  it(why, () => {
    assert.deepEqual(findUnbalanced(config), names);
  });
