/** Random sources, by fragments of the language and by damage to templates that are whole. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compileRoot } from '../../functions/template/compiler/compile.ts';
import { DEFAULT_SYNTAX, type Syntax } from '../../functions/template/lexer/syntax.ts';
import { parse } from '../../functions/template/parser/parser.ts';
import { SyntaxFault } from '../../functions/template/syntax-fault.ts';
import type { Seeded } from './seeded.ts';

const FRAGMENTS = [
  ...[
    '{{',
    '}}',
    '{%',
    '%}',
    '{#',
    '#}',
    '{%-',
    '-%}',
    '{{-',
    '-}}',
    '{%+',
    '+%}',
    '#',
    '##',
    '\n',
    '\r\n',
    ' ',
  ],
  ...[
    'for',
    'in',
    'if',
    'elif',
    'else',
    'endif',
    'endfor',
    'set',
    'endset',
    'macro',
    'endmacro',
    'call',
    'endcall',
  ],
  ...[
    'block',
    'endblock',
    'extends',
    'include',
    'import',
    'from',
    'as',
    'with',
    'endwith',
    'filter',
    'endfilter',
  ],
  ...[
    'raw',
    'endraw',
    'autoescape',
    'endautoescape',
    'print',
    'recursive',
    'scoped',
    'required',
    'ignore missing',
  ],
  ...[
    'without context',
    'is',
    'not',
    'and',
    'or',
    'true',
    'none',
    'loop',
    'caller',
    'varargs',
    'kwargs',
    'self',
    'super',
  ],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '.',
    '|',
    '~',
    '+',
    '-',
    '*',
    '/',
    '//',
    '%',
    '**',
    '=',
    '==',
    '!=',
    '<',
    '>=',
  ],
  ...[
    'a',
    'b',
    'x',
    'ns.v',
    '1',
    '0x1f',
    '1.5',
    '1e9',
    '1_0',
    '"s"',
    "'t'",
    '"',
    "'",
    '\\',
    '"\\x4"',
    '"\\u12"',
    '\u00e9',
    '\ud83d\ude00',
    '\u2028',
    '\0',
    '$',
    '@',
    '`',
    '${',
    'upper',
    'defined',
    'constructor',
    '__proto__',
  ],
];

const folder = new URL('../../../test/template/golden/', import.meta.url);
const WHOLE: readonly string[] = ['cases.json', 'structure.json', 'syntax.json'].flatMap((file) =>
  (JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { template: string }[]).map(
    ({ template }) => template,
  ),
);

function fromFragments(random: Seeded): string {
  let source = '';
  for (let i = random.below(14); i >= 0; i--) {
    source += random.pick(FRAGMENTS) + (random.chance(0.5) ? ' ' : '');
  }
  return source;
}

function damaged(random: Seeded): string {
  let source = random.pick(WHOLE);
  for (let i = random.below(3); i >= 0; i--) {
    const at = random.below(source.length + 1);
    const end = at + random.below(8);
    const middle = random.pick(['', random.pick(FRAGMENTS), source.slice(at, end).repeat(2)]);
    source = source.slice(0, at) + middle + source.slice(end);
  }
  return source;
}

const SYNTAXES: readonly Syntax[] = [
  DEFAULT_SYNTAX,
  DEFAULT_SYNTAX,
  { ...DEFAULT_SYNTAX, trimBlocks: true, lstripBlocks: true },
  {
    ...DEFAULT_SYNTAX,
    lineStatementPrefix: '#',
    lineCommentPrefix: '##',
    keepTrailingNewline: true,
  },
];

const target = {
  name: undefined,
  hasFilter: (name: string) => name === 'upper',
  hasTest: (name: string) => name === 'defined',
  suggest: () => undefined,
};

/** Compiles one random source: it compiles to JavaScript that is JavaScript, or is refused with a place in it. */
export function compileRandom(random: Seeded): 'compiled' | 'refused' {
  const source = random.chance(0.4) ? fromFragments(random) : damaged(random);
  const syntax = random.pick(SYNTAXES);
  const dialect = random.pick(['jinja2', 'python2'] as const);
  try {
    const root = parse(source, { syntax, dialect });
    const { code } = compileRoot(root, { ...target, dialect }, ['locate']);
    if (random.chance(0.1)) new Function('R', 'K', 'T', code);
    return 'compiled';
  } catch (error) {
    assert.ok(error instanceof SyntaxFault, `${JSON.stringify(source)}: ${String(error)}`);
    const { lineno, colno } = error.place;
    const lines = source.split(/\r\n|\r|\n/);
    const line = lines[lineno - 1];
    assert.ok(
      line !== undefined && colno >= 1 && colno <= line.length + 1,
      `${JSON.stringify(source)}: ${error.message} at ${lineno}:${colno}`,
    );
    return 'refused';
  }
}
