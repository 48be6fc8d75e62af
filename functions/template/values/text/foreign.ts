/**
 * Foreign characters: those of the snapshot's values that may mean something in the file that they are printed into.
 *
 * A text that has some holds, in the place of each, a lone low surrogate that stands for it. Whatever only moves text
 * about (concatenation, slices, padding, captured output, what is kept of earlier renders) carries them along without
 * knowing; whatever looks at characters sees through them (`aware`). No input that is Unicode has lone surrogates.
 */
/** Words that begin something else than an argument where they stand first on a line of haproxy.cfg. */
export const LINE_WORDS: readonly string[] = [
  'acme',
  'backend',
  'cache',
  'crt-store',
  'defaults',
  'dynamic-update',
  'fcgi-app',
  'frontend',
  'global',
  'http-errors',
  'listen',
  'log-forward',
  'log-profile',
  'mailers',
  'peers',
  'program',
  'resolvers',
  'ring',
  'traces',
  'userlist',
  '.alert',
  '.diag',
  '.elif',
  '.else',
  '.endif',
  '.if',
  '.notice',
  '.warning',
];

const range = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i));

const BLANKS = [' ', '\xa0', '\u1680', ...range(0x2000, 0x200a), '\u202f', '\u205f', '\u3000'];
const CHARACTERS: readonly string[] = [
  ...range(0x00, 0x1f),
  ...range(0x7f, 0x9f),
  '\u2028',
  '\u2029',
  '\ufeff',
  ...BLANKS,
  ...'"\'\\#$%&{}',
  ...new Set(LINE_WORDS.map((word) => word.charAt(0))),
];

const FIRST = 0xdc00;
const kindOf = new Map(CHARACTERS.map((character, kind) => [character, kind]));

/** How many origins a foreign character can tell apart. */
export const DIGITS = Math.floor(0x400 / CHARACTERS.length);

const LONE = '(?<![\\ud800-\\udbff])[\\udc00-\\udfff]';
const FOREIGN = new RegExp(LONE);
const ALL_FOREIGN = new RegExp(LONE, 'g');
const ALL_LOW = /[\udc00-\udfff]/g;
const SPECIAL = /[\p{Cc}\p{Z}\ufeff"'\\#$%&{}]|(?<![\ud800-\udbff])[\udc00-\udfff]/u;
const ALL_SPECIAL = new RegExp(SPECIAL, 'gu');
const LINE_WORD = new Set(LINE_WORDS);

/** The foreign character that stands for one and tells an origin. */
export const encoded = (character: string, digit: number): string => {
  const kind = kindOf.get(character);
  // What stands for a character here is no character of Unicode, and is delivered as one that says so.
  return kind === undefined ? '\ufffd' : String.fromCharCode(FIRST + kind * DIGITS + digit);
};

/** The codes of the characters that the foreign ones stand for, by their place after `FIRST`. */
const MEANINGS = Uint16Array.from({ length: 0x400 }, (_, i) =>
  (CHARACTERS[Math.floor(i / DIGITS)] ?? '\ufffd').charCodeAt(0),
);

/** What a foreign character stands for. */
export const decoded = (code: string): string =>
  String.fromCharCode(MEANINGS[code.charCodeAt(0) - FIRST] as number);

/**
 * The code of the character that the one at a position stands for, or -1 where that is its own.
 * A low surrogate behind a high one is half of a character of its own.
 */
export function meaningAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < FIRST || code > 0xdfff) return -1;
  const before = at === 0 ? 0 : text.charCodeAt(at - 1);
  if (before >= 0xd800 && before < FIRST) return -1;
  return MEANINGS[code - FIRST] as number;
}

/** Whether a text has foreign characters. */
export const isForeign = (text: string): boolean => FOREIGN.test(text);

/** The origin that a foreign character tells. */
export const digitOf = (code: string): number => (code.charCodeAt(0) - FIRST) % DIGITS;

const CHUNK = 0x1000;
const bytes = Buffer.alloc(CHUNK);

/** A part of a text as it is told; undefined where it has more than the characters of Latin-1. */
function plainLatin1(text: string, start: number, end: number): string | undefined {
  for (let at = start; at < end; at++) {
    const own = text.charCodeAt(at);
    const code = own < FIRST ? own : meaningAt(text, at);
    if (code < 0 || code > 0xff) return undefined;
    bytes[at - start] = code;
  }
  return bytes.toString('latin1', 0, end - start);
}

function plainChunk(text: string, start: number): string {
  const end = Math.min(text.length, start + CHUNK);
  return (
    plainLatin1(text, start, end) ??
    text
      .slice(start, end)
      .replace(ALL_LOW, (code, at) => (meaningAt(text, start + at) < 0 ? code : decoded(code)))
  );
}

/** The text with its foreign characters as what they stand for. */
export function plain(text: string): string {
  if (!FOREIGN.test(text)) return text;
  let told = '';
  for (let start = 0; start < text.length; start += CHUNK) told += plainChunk(text, start);
  return told;
}

/** Where the foreign characters of a text are: the same positions as in `plain(text)`. */
export function foreignPositions(text: string): number[] {
  const positions: number[] = [];
  for (const { index } of text.matchAll(ALL_FOREIGN)) positions.push(index);
  return positions;
}

/** The position of the next foreign character, or -1. */
export function nextForeign(text: string, from: number): number {
  ALL_FOREIGN.lastIndex = from;
  const found = ALL_FOREIGN.exec(text);
  ALL_FOREIGN.lastIndex = 0;
  return found === null ? -1 : found.index;
}

/** A value's text, with what may mean something in it foreign. */
export function foreign(text: string, digit = 0): string {
  if (SPECIAL.test(text)) {
    return encodedBy(text, (character) => encoded(character, digit));
  }
  return LINE_WORD.has(text) ? encoded(text.charAt(0), digit) + text.slice(1) : text;
}

/** A text with each character that may mean something in the file that it is printed into made what `code` says. */
export const encodedBy = (text: string, code: (character: string) => string): string =>
  text.replace(ALL_SPECIAL, code);

/** The foreign characters of a text. */
export const foreignIn = (text: string): string[] =>
  Array.from(text.matchAll(ALL_FOREIGN), ([code]) => code);

/** Whether a text is a word that means something by itself where it stands first on a line. */
export const isLineWord = (text: string): boolean => LINE_WORD.has(text);

/** Whether a text has characters that may mean something in the file that it is printed into. */
export const isSpecial = (text: string): boolean => SPECIAL.test(text);

/** The text with another origin told by its foreign characters. */
export const recoded = (text: string, digit: number): string =>
  FOREIGN.test(text) ? text.replace(ALL_FOREIGN, (code) => encoded(decoded(code), digit)) : text;

/** The text with those of its foreign characters its own that `isOwn` holds for. */
export const owned = (text: string, isOwn: (character: string) => boolean): string =>
  FOREIGN.test(text)
    ? text.replace(ALL_FOREIGN, (code) => (isOwn(decoded(code)) ? decoded(code) : code))
    : text;

/** `a == b` of two texts that are not identical. */
export const sameForeign = (a: string, b: string): boolean =>
  a.length === b.length && (FOREIGN.test(a) || FOREIGN.test(b)) && plain(a) === plain(b);
