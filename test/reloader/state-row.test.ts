import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStateRows } from '../../reloader/runtime/state-row.ts';

const SHOWN = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_fqdn srv_port
3 app 1 a 10.0.0.1 2 - 8080
3 app 2 b  0 - 8081

3 app 3 c 10.0.0.3
x
`;

test('rows are those with three cells or more, as they are shown', () => {
  const lines = [...parseStateRows(SHOWN)].map(({ line }) => line);
  assert.deepEqual(lines, [
    '3 app 1 a 10.0.0.1 2 - 8080',
    '3 app 2 b  0 - 8081',
    '3 app 3 c 10.0.0.3',
  ]);
});

test('a cell is empty where nothing stands in it, where the row is shorter, and where there is no such column', () => {
  const [, second, third] = parseStateRows(SHOWN);
  assert.equal(second?.cell('srv_addr'), '');
  assert.equal(second?.cell('srv_port'), '8081');
  assert.equal(third?.cell('srv_addr'), '10.0.0.3');
  assert.equal(third?.cell('srv_op_state'), '');
  assert.equal(third?.cell('srv_port'), '');
  assert.equal(third?.cell('srv_name'), 'c');
  assert.equal(third?.cell('srv_use_ssl'), '');
});

test('nothing is a row where no header came before', () => {
  assert.deepEqual([...parseStateRows('1\n3 app 1 a\n')], []);
  assert.deepEqual([...parseStateRows('')], []);
});

test('cells are those between blanks, in whatever order they are asked for', () => {
  const word = fc.constantFrom('', 'a', '10.0.0.1', '-', 'a-name-of-more-letters');
  const rows = fc.array(fc.array(word, { minLength: 3, maxLength: 8 }), { maxLength: 6 });
  const asked = fc.array(fc.nat(9), { maxLength: 20 });
  const names = Array.from({ length: 8 }, (_, i) => `column${i}`);
  fc.assert(
    fc.property(rows, asked, (cells, order) => {
      const lines = [`# ${names.join(' ')}`, ...cells.map((row) => row.join(' '))];
      const read = [...parseStateRows(`1\n${lines.join('\n')}`)];
      assert.equal(read.length, cells.length);
      for (const i of order)
        cells.forEach((row, r) => {
          const expected = i < names.length ? (row[i] ?? '') : '';
          assert.equal(read[r]?.cell(`column${i}`), expected);
        });
    }),
  );
});
