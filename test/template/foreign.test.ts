/** Foreign characters: every operation gives what it gives without them, and they get where their value gets. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { foreignPositions, plain, settle } from '../../functions/template/foreign.ts';
import { textOf } from '../../functions/template/fragment.ts';
import {
  type CompileOptions,
  compile,
  Float,
  type RenderOptions,
  TemplateError,
} from '../../functions/template/index.ts';
import { parseJson, writeJson } from '../../functions/template/json/index.ts';
import { oneOf, upTo } from '../kit/full-size.ts';
import { Chance } from './fuzz/chance.ts';
import { makeContext } from './fuzz/context.ts';
import { TEMPLATES, Templates } from './fuzz/templates.ts';
import { Seeded } from './seeded.ts';

type Context = Readonly<Record<string, unknown>>;

/** As Python has recorded it. */
interface Case {
  readonly template: string;
  readonly context?: Context;
  readonly opts?: CompileOptions;
  readonly templates?: Readonly<Record<string, string>>;
}

const ODD = [
  ...[
    'a b',
    "it's",
    'say "x"',
    'x\ny',
    '\t',
    '# no',
    `$HOME $${'{x}'}`,
    '100%',
    '%s %d',
    '{0}',
    '{}',
  ],
  ...['a\\b', 'é\u2028b', '\x85', 'frontend', 'a&#10;b', '&lt;', 'YSBi\n', '<i>x y</i>', '😀 x\ny'],
];

function outcome(source: string, context: Context, options: CompileOptions & RenderOptions) {
  const random = new Seeded(1);
  try {
    return compile(source, { ...options, random: () => random.next() }).render(context, options);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return [error.type, error.message, error.line];
  }
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const item of value instanceof Map ? value.values() : Object.values(value)) freeze(item);
  return Object.freeze(value);
}

const copy = (value: unknown): unknown => parseJson(writeJson(value));
const settled = (value: unknown): Context => settle(copy(value)) as Context;

/** Renders with and without foreign characters: never anything else. */
function assertSame(source: string, context: Context, options: CompileOptions = {}): void {
  const expected = outcome(source, freeze(copy(context)) as Context, options);
  const given = new Map(Object.entries(settled(context)));
  assert.deepEqual(outcome(source, Object.fromEntries(given), options), expected, source);
}

const folder = new URL('../../../test/template/golden/', import.meta.url);

/** What changes a list or dict of the context may not, since the snapshot is frozen. */
const CHANGES = /append|extend|insert|pop|remove|reverse\(|sort\(|clear|update|setdefault|\bdo\b/;

test('the cases recorded from Python are the same', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const dialect = file.startsWith('python2') ? 'python2' : 'jinja2';
    const cases = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    for (const { template, context = {}, opts, templates } of oneOf<Case>(4, cases))
      if (Object.keys(context).length > 0 && !CHANGES.test(template))
        assertSame(template, context, { dialect, ...(templates && { templates }), ...opts });
  }
});

test('random templates over odd texts are the same', () => {
  for (let seed = 0; seed < upTo(60, 200); seed++) {
    const chance = new Chance(seed * 7 + 3);
    const strange = (value: unknown): unknown => {
      if (typeof value === 'string') return chance.one(3) ? chance.pick(ODD) : value;
      if (Array.isArray(value)) return value.map(strange);
      if (value instanceof Map)
        return new Map(Array.from(value, ([key, item]) => [strange(key), strange(item)]));
      if (typeof value !== 'object' || value === null || value instanceof Float) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, strange(item)]));
    };
    const context = strange(makeContext(chance)) as Context;
    const source = new Templates(chance).template();
    if (CHANGES.test(source)) continue;
    const dialect = chance.one(4) ? 'python2' : 'jinja2';
    assertSame(source, context, { templates: TEMPLATES, dialect });
  }
});

/** Expressions over a value, and what of the output is foreign. */
const CARRIED: ReadonlyArray<readonly [expression: string, value: string, foreign: string]> = [
  ['v', 'a b', ' '],
  ['" " ~ v ~ " "', 'a b', ' '],
  ['v + " x"', 'a b', ' '],
  ['v|upper|lower|title', 'a b', ' '],
  ['v[1:]', 'a b', ' '],
  ['v[::-1]', "a 'b", "' "],
  ['v.split("b")|join(" ")', 'a bc', ' '],
  ['v.split()|join(" ")', 'a b', ''],
  ['v|replace("b", " ")', 'a b', ' '],
  ['v.replace(" ", "_")', 'a b', ''],
  ['v.strip()', ' a b ', ' '],
  ['"%s %s"|format(v, v)', 'a b', '  '],
  ['"{} {!r}".format(v, v)', 'a b', '  '],
  ['v|tojson', 'a "b', ' \\"'],
  ['[v]|pprint', 'a b', ' '],
  ['v|e', 'a b&c', ' &'],
  ['v|list|join', 'a b', ' '],
  ['v|center(9)', 'a b', ' '],
  ['v|re_escape', 'a b', '\\ '],
  ['(v, "x y")|max', 'a b', ''],
  ['v.encode("utf-8").decode()', 'a b', ' '],
  ['"&#32;" ~ v|striptags', 'a&#32;b', ' '],
  ['v|words', 'a b', ''],
  ['v|lines', 'a\nb\u0007', '\u0007'],
  ['v|quote', "a b'", " '"],
  ['v|length', 'a b', ''],
  ['v == "a b" and "a b" in [v] and {"a b": "x y"}[v]', 'a b', ''],
];

test('what came of a value is foreign, and nothing else', () => {
  for (const [expression, v, expected] of CARRIED) {
    const output = textOf(compile(`{{ ${expression} }}`).renderFragments(settled({ v })));
    const found = foreignPositions(output).map((at) => plain(output.charAt(at)));
    assert.equal(found.join(''), expected, expression);
  }
});
