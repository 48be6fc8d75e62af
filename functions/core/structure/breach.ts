import { foreignPositions, LINE_WORDS, plain } from '../../template/foreign.ts';
import { ROLE } from './haproxy-line.ts';
import { COMMENT, type LineReader, type Reading } from './words.ts';

/** What a foreign character does that a value may not. */
export interface Breach {
  /** The position of the character. */
  readonly offset: number;
  /** What it does, for messages: `ends its word`. */
  readonly deed: string;
}

/** A plain part of a word: no blank, no quote, and after a backslash no escape. */
const HARMLESS = 'z';
const LINE_WORD: ReadonlySet<string> = new Set(LINE_WORDS);
const BREAK = /[\n\v\f\r\x85\u2028\u2029]/;
const CONTROL = /\p{Cc}/u;

function deedOf(character: string): string {
  if (BREAK.test(character)) return 'breaks the line';
  if (CONTROL.test(character)) return 'is a control character';
  if (/[\p{Z}\ufeff]/u.test(character)) return 'ends its word';
  switch (character) {
    case '"':
    case "'":
      return 'opens or closes a quote';
    case '\\':
      return 'escapes what follows it';
    case '#':
      return 'begins a comment';
    case '$':
      return 'reads an environment variable';
    case '{':
    case '}':
      return 'opens or closes a condition';
    default:
      return 'begins something else than an argument';
  }
}

/** A line with foreign characters, as it is and as it would be without what is special in them. */
interface Compared {
  readonly text: string;
  readonly foreign: readonly number[];
  readonly now: Reading;
  readonly meant: Reading;
}

/** The first position at which the template's own characters do not do what they would beside harmless values. */
function firstDifference({ text, foreign, now, meant }: Compared): number | undefined {
  const isForeignAt = new Set(foreign);
  for (let i = 0; i < text.length; i++) {
    if (isForeignAt.has(i)) continue;
    if (now.places[i] !== meant.places[i]) return i;
    // The template's own backslash may escape a value's character: that is what `re_escape` writes.
    if (text.charAt(i) === '\\' && isForeignAt.has(i + 1)) continue;
    if (now.roles[i] !== meant.roles[i]) return i;
  }
  if (now.words.length !== meant.words.length || now.open !== meant.open) return text.length;
  return undefined;
}

/** A word that means something by itself, and is not the template's. */
function findLoadedWord({ text, foreign, now }: Compared): number | undefined {
  return foreign.find((at) => {
    const place = now.places[at] as number;
    const word = now.words[place];
    if (word === '{' || word === '}') return text.charAt(at) === word;
    return place === 0 && word !== undefined && LINE_WORD.has(word);
  });
}

/** A foreign character that says something to HAProxy wherever it stands. */
function findActive({ foreign, now, meant }: Compared): number | undefined {
  return foreign.find(
    (at) =>
      now.controls.includes(at) ||
      now.roles[at] === ROLE.variable ||
      (now.places[at] === COMMENT && meant.places[at] !== COMMENT),
  );
}

function positionIn(line: string, read: LineReader | undefined): number | undefined {
  const text = plain(line);
  const foreign = foreignPositions(line);
  const control = foreign.find(
    (at) => BREAK.test(text.charAt(at)) || CONTROL.test(text.charAt(at)),
  );
  if (control !== undefined || read === undefined) return control;
  let harmless = '';
  let end = 0;
  for (const at of foreign) {
    harmless += text.slice(end, at) + HARMLESS;
    end = at + 1;
  }
  const compared = { text, foreign, now: read(text), meant: read(harmless + text.slice(end)) };
  const active = findActive(compared) ?? findLoadedWord(compared);
  if (active !== undefined) return active;
  const difference = firstDifference(compared);
  if (difference === undefined) return undefined;
  return foreign.findLast((at) => at <= difference) ?? foreign[0];
}

/** What a line does that its values may not, of which the first is told. */
export function breachIn(line: string, read: LineReader | undefined): Breach | undefined {
  const offset = positionIn(line, read);
  return offset === undefined ? undefined : { offset, deed: deedOf(plain(line.charAt(offset))) };
}
