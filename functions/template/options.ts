import { DEFAULT_SYNTAX, type Syntax } from './lexer/syntax.ts';
import { DEFAULT_LIMITS, type Limits } from './runtime/state.ts';
import type { Dialect } from './values/dialect.ts';

/** Other templates by name, for `include`, `import` and `extends`. */
export type Templates = Readonly<Record<string, string>> | ((name: string) => string | undefined);

type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : S;

/** Jinja2's Environment parameters that say how a template is written, as in Python or in camel case. */
export type SyntaxOptions = { readonly [K in keyof Syntax]?: Syntax[K] } & {
  readonly [K in keyof Syntax as SnakeCase<K>]?: Syntax[K] | null;
};

export interface CompileOptions extends SyntaxOptions {
  /** The template's name in errors; `template` unless given. */
  readonly name?: string;
  /** Jinja2 3.1 on Python 3 (the default), or Jinja2 2.8 on Python 2.7. */
  readonly dialect?: Dialect;
  readonly templates?: Templates;
  readonly limits?: Partial<Limits>;
  /** Where `random`, `lipsum` and their like get numbers from 0 to less than 1; `Math.random` unless given. */
  readonly random?: () => number;
  /** Whether the template is to be traced: it renders the same, slower, and can tell who gave which part of it. */
  readonly isTracing?: boolean;
}

/** The options with every default filled in. */
export interface Settings {
  readonly name: string | undefined;
  readonly dialect: Dialect;
  readonly syntax: Syntax;
  readonly limits: Limits;
  /** The source of a template of that name; without a function there are no other templates. */
  readonly findSource: ((name: string) => string | undefined) | undefined;
  readonly random: () => number;
  readonly isTracing: boolean;
}

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const DELIMITERS = [
  'blockStartString',
  'blockEndString',
  'variableStartString',
  'variableEndString',
  'commentStartString',
  'commentEndString',
] as const;

function checkSyntax(syntax: Syntax): void {
  for (const name of DELIMITERS) {
    if (typeof syntax[name] !== 'string' || syntax[name] === '') {
      throw new TypeError(`${snakeCase(name)} must be a text that is not empty`);
    }
  }
  const { blockStartString, variableStartString, commentStartString } = syntax;
  if (new Set([blockStartString, variableStartString, commentStartString]).size < 3) {
    throw new TypeError('block, variable and comment start strings must be different');
  }
  if (!['\n', '\r\n', '\r'].includes(syntax.newlineSequence)) {
    throw new TypeError("newline_sequence must be one of '\\n', '\\r\\n', or '\\r'");
  }
}

function syntaxFrom(options: CompileOptions): Syntax {
  const given: Readonly<Record<string, unknown>> = { ...options };
  const syntax: Record<string, unknown> = { ...DEFAULT_SYNTAX };
  for (const name of Object.keys(DEFAULT_SYNTAX)) {
    const value = given[name] ?? given[snakeCase(name)];
    if (value !== undefined && value !== null) syntax[name] = value;
  }
  const checked = syntax as unknown as Syntax;
  checkSyntax(checked);
  return checked;
}

function sourceFinder(templates: Templates | undefined): Settings['findSource'] {
  if (templates === undefined) return undefined;
  if (typeof templates === 'function') return templates;
  return (name) => (Object.hasOwn(templates, name) ? templates[name] : undefined);
}

function limitsFrom(given: Partial<Limits> = {}): Limits {
  const limits: Limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, limit] of Object.entries(limits)) {
    if (typeof limit !== 'number' || !(limit > 0)) {
      throw new TypeError(`limits.${name} must be a number above 0`);
    }
  }
  return limits;
}

/** Reads the options. @throws TypeError for one that makes no sense */
export function settingsFrom(options: CompileOptions): Settings {
  const { dialect = 'jinja2' } = options;
  if (dialect !== 'jinja2' && dialect !== 'python2') {
    throw new TypeError(`dialect must be 'jinja2' or 'python2', not ${JSON.stringify(dialect)}`);
  }
  return {
    name: options.name,
    dialect,
    syntax: syntaxFrom(options),
    limits: limitsFrom(options.limits),
    findSource: sourceFinder(options.templates),
    random: options.random ?? Math.random,
    isTracing: options.isTracing ?? false,
  };
}
