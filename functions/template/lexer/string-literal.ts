/** The escapes of one character. */
const SIMPLE: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

const ESCAPE = /\\(?:([0-7]{1,3})|([xuU])([0-9a-fA-F]{0,8})|([\s\S]))/g;

function hexEscape(letter: string, following: string): string {
  const size = HEX_DIGITS[letter] ?? 0;
  const digits = following.slice(0, size);
  if (digits.length < size) {
    throw new Error(`truncated \\${letter}${'X'.repeat(size)} escape`);
  }
  const point = Number.parseInt(digits, 16);
  if (point > 0x10ffff) throw new Error('illegal Unicode character');
  return String.fromCodePoint(point) + following.slice(size);
}

function asEscape(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x100) return `\\x${point.toString(16).padStart(2, '0')}`;
  if (point < 0x10000) return `\\u${point.toString(16).padStart(4, '0')}`;
  return `\\U${point.toString(16).padStart(8, '0')}`;
}

/**
 * The value of a string literal's inside: Python's `unicode-escape` codec over its ASCII form, as Jinja2's lexer uses
 * it. Names (`\N{...}`) are refused, since no table of them is at hand.
 *
 * @throws Error with the codec's words
 */
export function unescapeString(inside: string): string {
  if (!inside.includes('\\')) return inside;
  const ascii = inside.replace(/[^\0-\x7f]/gu, asEscape);
  return ascii.replace(ESCAPE, (whole: string, octal, letter, following: string, other: string) => {
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (letter !== undefined) return hexEscape(letter, following);
    if (other === 'N') throw new Error('malformed \\N character escape');
    return SIMPLE[other] ?? whole;
  });
}
