/** Upper, lower and title case, and the questions about characters, as Python 3 answers them. */

const CASED = /\p{Lowercase}|\p{Uppercase}|\p{Lt}/u;

/** The letters that are two in one, with their title case. */
const DIGRAPHS: Readonly<Record<string, string>> = {
  Ǆ: 'ǅ',
  ǆ: 'ǅ',
  ǅ: 'ǅ',
  Ǉ: 'ǈ',
  ǉ: 'ǈ',
  ǈ: 'ǈ',
  Ǌ: 'ǋ',
  ǌ: 'ǋ',
  ǋ: 'ǋ',
  Ǳ: 'ǲ',
  ǳ: 'ǲ',
  ǲ: 'ǲ',
};

/** The title case of one character: of a ligature only the first letter is upper case. */
function titleCharacter(character: string): string {
  const digraph = DIGRAPHS[character];
  if (digraph !== undefined) return digraph;
  const upper = Array.from(character.toUpperCase());
  return (upper[0] ?? '') + upper.slice(1).join('').toLowerCase();
}

/** `str.capitalize()`. */
export function capitalize(text: string): string {
  const [first = '', ...rest] = Array.from(text);
  return titleCharacter(first) + rest.join('').toLowerCase();
}

/** `str.title()`: a letter after anything but a letter begins a word. */
export function titleCase(text: string): string {
  let output = '';
  let inWord = false;
  for (const character of text) {
    output += inWord ? character.toLowerCase() : titleCharacter(character);
    inWord = CASED.test(character);
  }
  return output;
}

export function swapCase(text: string): string {
  return Array.from(text, (character) =>
    /\p{Uppercase}/u.test(character) ? character.toLowerCase() : character.toUpperCase(),
  ).join('');
}

/** `str.casefold()`, for the characters where it is more than lower case. */
export const caseFold = (text: string): string =>
  text.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC');

/** `str.istitle()`. */
export function isTitle(text: string): boolean {
  let cased = false;
  let inWord = false;
  for (const character of text) {
    if (/\p{Uppercase}|\p{Lt}/u.test(character)) {
      if (inWord) return false;
      inWord = true;
      cased = true;
    } else if (/\p{Lowercase}/u.test(character)) {
      if (!inWord) return false;
      cased = true;
    } else {
      inWord = false;
    }
  }
  return cased;
}

export const isLower = (text: string): boolean =>
  /\p{Lowercase}/u.test(text) && !/\p{Uppercase}|\p{Lt}/u.test(text);

export const isUpper = (text: string): boolean =>
  /\p{Uppercase}/u.test(text) && !/\p{Lowercase}|\p{Lt}/u.test(text);

/** Digits that are no decimals: superscripts, subscripts, circled and the like. */
const OTHER_DIGIT = '²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒';

export const IS: Readonly<Record<string, (text: string) => boolean>> = {
  isalnum: (text) => /^[\p{L}\p{N}]+$/u.test(text),
  isalpha: (text) => /^\p{L}+$/u.test(text),
  isascii: (text) => !/[\u0080-\uffff]/.test(text),
  isdecimal: (text) => /^\p{Nd}+$/u.test(text),
  isdigit: (text) => new RegExp(`^[\\p{Nd}${OTHER_DIGIT}]+$`, 'u').test(text),
  isidentifier: (text) => /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(text),
  islower: isLower,
  isnumeric: (text) => /^\p{N}+$/u.test(text),
  isprintable: (text) => /^(?: |[^\p{C}\p{Z}])*$/u.test(text),
  istitle: isTitle,
  isupper: isUpper,
};
