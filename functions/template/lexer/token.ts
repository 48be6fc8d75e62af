import type { Place } from '../syntax-fault.ts';

/** A token of Jinja2's lexer, named as Jinja2 names it. */
export interface Token extends Place {
  readonly type: string;
  /** The text; for a string, integer or float the value that it stands for. */
  readonly value: unknown;
}

export const OPERATORS: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'sub',
  '/': 'div',
  '//': 'floordiv',
  '*': 'mul',
  '%': 'mod',
  '**': 'pow',
  '~': 'tilde',
  '[': 'lbracket',
  ']': 'rbracket',
  '(': 'lparen',
  ')': 'rparen',
  '{': 'lbrace',
  '}': 'rbrace',
  '==': 'eq',
  '!=': 'ne',
  '>': 'gt',
  '>=': 'gteq',
  '<': 'lt',
  '<=': 'lteq',
  '=': 'assign',
  '.': 'dot',
  ':': 'colon',
  '|': 'pipe',
  ',': 'comma',
  ';': 'semicolon',
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  block_begin: 'begin of statement block',
  block_end: 'end of statement block',
  variable_begin: 'begin of print statement',
  variable_end: 'end of print statement',
  data: 'template data / text',
  eof: 'end of template',
  ...Object.fromEntries(Object.entries(OPERATORS).map(([sign, type]) => [type, sign])),
};

const describeType = (type: string): string =>
  Object.hasOwn(DESCRIPTIONS, type) ? (DESCRIPTIONS[type] as string) : type;

/** How messages call a token. */
export const describeToken = (token: Token): string =>
  token.type === 'name' ? String(token.value) : describeType(token.type);

/** How messages call what was expected: a token type, or `name:value`. */
export const describeExpected = (expected: string): string =>
  expected.startsWith('name:') ? expected.slice('name:'.length) : describeType(expected);

/** Whether the token is of a type, or is the name in `name:value`. */
export const isToken = (token: Token, expected: string): boolean =>
  token.type === expected ||
  (token.type === 'name' && expected.startsWith('name:') && expected.slice(5) === token.value);
