import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compile, Float } from '../../functions/template/index.ts';
import {
  type JsonError,
  outline,
  parseJson,
  writeJson,
} from '../../functions/template/json/index.ts';
import { isPlainJson } from '../../functions/template/json/plain.ts';
import { readExactly } from '../../functions/template/json/reader.ts';
import { repr } from '../../functions/template/values/print.ts';
import { upTo } from '../kit/full-size.ts';

/** What `repr(json.loads(text))` prints in Python 3. */
const VALUES: readonly [reason: string, text: string, printed: string][] = [
  ['a float stays one', '[1.0, 1e2, 1.5e300, -0.0, 0.1]', '[1.0, 100.0, 1.5e+300, -0.0, 0.1]'],
  ['a float too large is infinite', '[1e400, -1e400]', '[inf, -inf]'],
  [
    'an int is exact',
    '[12345678901234567890, 9007199254740993]',
    '[12345678901234567890, 9007199254740993]',
  ],
  ['minus zero is zero', '[-0, 0]', '[0, 0]'],
  [
    'keys that are numbers keep their places',
    '{"8080": 1, "443": 2, "a": 3, "0": 4}',
    "{'8080': 1, '443': 2, 'a': 3, '0': 4}",
  ],
  [
    'such keys may be escaped',
    '{"b": 1, "\\u0031": 2, "1\\u0030": 3}',
    "{'b': 1, '1': 2, '10': 3}",
  ],
  [
    'of a key given twice: the first place, the last value',
    '{"a": 1, "b": 2, "a": 3}',
    "{'a': 3, 'b': 2}",
  ],
  ['so of one that is a number', '{"2": 1, "1": 2, "2": 3}', "{'2': 3, '1': 2}"],
  ['so of a prototype', '{"__proto__": 1, "a": 2, "__proto__": [1]}', "{'__proto__': [1], 'a': 2}"],
  ['what Python takes beyond JSON', '[NaN, Infinity, -Infinity]', '[nan, inf, -inf]'],
  [
    'escapes',
    '"\\ud83d\\ude00 \\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"',
    "'😀 \"\\\\/\\x08\\x0c\\n\\r\\té'",
  ],
  ['blanks', ' \t\r\n{ "a" : [ 1 , 2.0 ] } ', "{'a': [1, 2.0]}"],
  ['values alone', '1.0', '1.0'],
];

for (const [reason, text, printed] of VALUES)
  test(`as Python reads it: ${reason}`, () => {
    const value = parseJson(text);
    assert.equal(repr(value), printed);
    assert.equal(repr(parseJson(writeJson(value))), printed, 'written and read again');
  });

const REFUSED: readonly [reason: string, text: string, message: RegExp, offset: number][] = [
  ['an int of 4,301 digits', `[${'1'.repeat(4301)}]`, /more than 4300 digits/, 1],
  ['lists 991 deep', '['.repeat(991) + ']'.repeat(991), /more than 990 deep/, 991],
  ['a number that begins with 0', '[01]', /expected "," or "]"/, 2],
  ['a number without a digit behind its point', '[1.]', /expected "," or "]"/, 2],
  ['a number that is a sign alone', '[-]', /expected a value/, 1],
  ['an escape that is none', '["a\\x"]', /expected a value/, 1],
  ['a line break in a string', '{"a": "b\nc"}', /expected a value/, 6],
  ['a string without an end', '{"a": "\\"', /expected a value/, 6],
  ['a byte order mark', '\ufeff{}', /expected a value/, 0],
];

for (const [reason, text, message, offset] of REFUSED)
  test(`refused, as by Python: ${reason}`, () => {
    assert.throws(
      () => parseJson(text),
      (error: JsonError) => {
        assert.match(error.message, message);
        assert.equal(error.offset, offset);
        return true;
      },
    );
  });

/** Texts of JSON with what needs care: blanks, odd numbers, keys that are numbers, escapes, keys given twice. */
const { document: someJson } = fc.letrec<{ document: string; list: string; object: string }>(
  (tie) => {
    const blank = fc.constantFrom('', '', '', ' ', '\n');
    const number = fc.oneof(
      fc.integer().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String),
      fc.constantFrom(
        '-0',
        '1.0',
        '-0.0',
        '1e2',
        '2E-7',
        '9007199254740993',
        '100000000000000',
        '1e999',
      ),
    );
    const escaped = fc.string({ unit: 'binary', maxLength: 5 }).map((text) => JSON.stringify(text));
    const text = fc.oneof(
      escaped,
      fc.constantFrom(
        '"a"',
        '"b"',
        '"8080"',
        '"443"',
        '"0"',
        '"01"',
        '"\\u0031"',
        '"1\\u0030"',
        '"1.0"',
      ),
      fc.constantFrom(
        '"__proto__"',
        '"_\\u005fproto__"',
        '"k:{\\"a\\":1.0}"',
        '"\\\\"',
        '"\\\\\\""',
        '":1.0,"',
      ),
    );
    const items = (item: fc.Arbitrary<string>, left: string, right: string) =>
      fc
        .tuple(fc.array(item, { maxLength: 5 }), blank)
        .map(([all, space]) => `${left}${space}${all.join(`,${space}`)}${right}`);
    return {
      document: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.oneof(number, text, fc.constantFrom('true', 'false', 'null')),
        tie('list'),
        tie('object'),
      ),
      list: items(tie('document'), '[', ']'),
      object: items(
        fc
          .tuple(text, blank, tie('document'))
          .map(([key, space, value]) => `${key}${space}:${value}`),
        '{',
        '}',
      ),
    };
  },
);

test('what is called plain, JSON.parse reads as the exact reader does', () => {
  let plain = 0;
  fc.assert(
    fc.property(someJson, (text) => {
      if (!isPlainJson(text)) return;
      plain++;
      assert.equal(repr(JSON.parse(text)), repr(readExactly(text)));
    }),
    { numRuns: upTo(1500, 5000) },
  );
  assert.ok(plain > upTo(150, 500), `only ${plain} were plain`);
});

test('what is written reads the same, and outlines find the members', () => {
  fc.assert(
    fc.property(someJson, (text) => {
      const value = parseJson(text);
      const written = writeJson(value);
      assert.equal(repr(parseJson(written)), repr(value));
      if (!text.startsWith('{')) return;
      const members = [...outline(written)].map(
        ([key, part]) => `${repr(key)}: ${repr(parseJson(part))}`,
      );
      assert.equal(`{${members.join(', ')}}`, repr(value));
    }),
    { numRuns: upTo(1500, 5000) },
  );
});

test('a context in JavaScript says the same, in its own words', () => {
  const x = new Map<string, unknown>([
    ['8080', new Float(1)],
    ['443', 12345678901234567890n],
    ['a', new Map([['2', 0.5]])],
    ['b', [new Float(1e300), 2 ** 53 - 1, null, true]],
  ]);
  const template = compile(
    '{{ x }} {{ x["8080"] * 2 }} {{ x["443"] + 1 }} {{ x.a["2"] is float }}',
  );
  assert.equal(
    template.render({ x }),
    "{'8080': 1.0, '443': 12345678901234567890, 'a': {'2': 0.5}, 'b': [1e+300, 9007199254740991, None, True]} 2.0 12345678901234567891 True",
  );
  assert.equal(template.render({ x: parseJson(writeJson(x)) }), template.render({ x }));
});

test('values 990 deep print and become JSON', () => {
  const text = `${'['.repeat(989)}{}${']'.repeat(989)}`;
  const x = parseJson(text);
  assert.equal(compile('{{ x }}').render({ x }), text);
  assert.equal(compile('{{ x|tojson }}').render({ x }), text);
  assert.equal(compile('{{ x == y }}').render({ x, y: parseJson(text) }), 'True');
  assert.equal(writeJson(x), text);
});
