/** How a template is written: Jinja2's Environment parameters of the same names in snake_case. */
export interface Syntax {
  readonly blockStartString: string;
  readonly blockEndString: string;
  readonly variableStartString: string;
  readonly variableEndString: string;
  readonly commentStartString: string;
  readonly commentEndString: string;
  readonly lineStatementPrefix: string | undefined;
  readonly lineCommentPrefix: string | undefined;
  readonly trimBlocks: boolean;
  readonly lstripBlocks: boolean;
  readonly newlineSequence: '\n' | '\r\n' | '\r';
  readonly keepTrailingNewline: boolean;
}

export const DEFAULT_SYNTAX: Syntax = {
  blockStartString: '{%',
  blockEndString: '%}',
  variableStartString: '{{',
  variableEndString: '}}',
  commentStartString: '{#',
  commentEndString: '#}',
  lineStatementPrefix: undefined,
  lineCommentPrefix: undefined,
  trimBlocks: false,
  lstripBlocks: false,
  newlineSequence: '\n',
  keepTrailingNewline: false,
};

/** What a tag that starts in template text may be. */
export type TagKind = 'raw' | 'block' | 'variable' | 'comment' | 'linestatement' | 'linecomment';

/** The regular expressions of one syntax. All are sticky or global: their user sets `lastIndex`. */
export interface Rules {
  /** Finds the next tag; group 1.. hold a sign, in the order of `kinds`. */
  readonly tag: RegExp;
  readonly kinds: readonly TagKind[];
  readonly blockEnd: RegExp;
  readonly variableEnd: RegExp;
  readonly lineStatementEnd: RegExp;
  readonly commentEnd: RegExp;
  readonly rawEnd: RegExp;
}

/** White space of Python's regular expressions. */
export const SPACE =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const NOT_SPACE = SPACE.replace('[', '[^');
const LINE_START = '(?<![^\\n])';

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

interface TagRule {
  readonly kind: TagKind;
  readonly length: number;
  readonly pattern: string;
}

/** The longest start wins; among equals, Jinja2 orders by the token's name, backwards. */
const byPrecedence = (a: TagRule, b: TagRule): number =>
  b.length - a.length || (a.kind < b.kind ? 1 : -1);

function tagRules(syntax: Syntax): TagRule[] {
  const plain = (kind: TagKind, start: string): TagRule => ({
    kind,
    length: start.length,
    pattern: escapeRegExp(start),
  });
  const rules = [
    plain('comment', syntax.commentStartString),
    plain('block', syntax.blockStartString),
    plain('variable', syntax.variableStartString),
  ];
  const { lineStatementPrefix, lineCommentPrefix } = syntax;
  if (lineStatementPrefix !== undefined) {
    const pattern = `${LINE_START}[ \\t\\v]*${escapeRegExp(lineStatementPrefix)}`;
    rules.push({ kind: 'linestatement', length: lineStatementPrefix.length, pattern });
  }
  if (lineCommentPrefix !== undefined) {
    const pattern = `(?:${LINE_START}|(?<=${NOT_SPACE}))(?:(?!\\n)${SPACE})*${escapeRegExp(lineCommentPrefix)}`;
    rules.push({ kind: 'linecomment', length: lineCommentPrefix.length, pattern });
  }
  return rules.sort(byPrecedence);
}

/** Compiles the rules of a syntax: Jinja2's `lexer.Lexer`. */
export function rulesOf(syntax: Syntax): Rules {
  const blockStart = escapeRegExp(syntax.blockStartString);
  const blockEnd = escapeRegExp(syntax.blockEndString);
  const commentEnd = escapeRegExp(syntax.commentEndString);
  const variableEnd = escapeRegExp(syntax.variableEndString);
  const newline = syntax.trimBlocks ? '\\n?' : '';
  const anyBlockEnd = `(?:\\+${blockEnd}|-${blockEnd}${SPACE}*|${blockEnd}${newline})`;
  const raw = `${blockStart}(-|\\+|)${SPACE}*raw${SPACE}*(?:-${blockEnd}${SPACE}*|${blockEnd})`;
  const tags = tagRules(syntax);
  return {
    tag: new RegExp([raw, ...tags.map(({ pattern }) => `${pattern}(-|\\+|)`)].join('|'), 'g'),
    kinds: ['raw', ...tags.map(({ kind }) => kind)],
    blockEnd: new RegExp(anyBlockEnd, 'y'),
    variableEnd: new RegExp(`-${variableEnd}${SPACE}*|${variableEnd}`, 'y'),
    lineStatementEnd: new RegExp(`${SPACE}*(?:\\n|(?![^\\n]))`, 'y'),
    commentEnd: new RegExp(`\\+${commentEnd}|-${commentEnd}${SPACE}*|${commentEnd}${newline}`, 'g'),
    rawEnd: new RegExp(`${blockStart}(-|\\+|)${SPACE}*endraw${SPACE}*${anyBlockEnd}`, 'g'),
  };
}
