/**
 * The structure of delivered lines as a fuzz test sees it. Written apart from the product's own reading of lines, and
 * by other means: one regular expression a word.
 */
const WORD =
  /(?<blank>[ \t\v\f\r]+)|(?<comment>#.*$)|(?<word>(?:\\(?:.|$)|'[^']*'|"(?:\\.|[^"\\])*"|[^ \t\v\f\r#'"\\])+)|(?<open>.)/gsu;
const LIVE = /'[^']*'|"(?:\\.|[^"\\])*"|\\x[0-9a-fA-F]{2}|\\./gsu;

const isBrace = (word: string): boolean => /^["']*[{}]["']*$/.test(word);

const ESCAPE = /\\(?:x[0-9a-fA-F]{2}|.)/gsu;

const isControl = (written: string): boolean =>
  /^\\(?:[nrt]$|x(?:[01]|7f))/i.test(written) && !/^\\[NRTX]/.test(written);

/** Environment variables that are read, and control characters that are written by their code. */
function liveParts(line: string): number {
  let count = 0;
  for (const [part] of line.matchAll(LIVE)) {
    if (part.startsWith("'")) continue;
    count += [...part.matchAll(ESCAPE)].filter(([written]) => isControl(written)).length;
    if (part.startsWith('"')) count += part.replace(ESCAPE, '').split('$').length - 1;
  }
  return count;
}

/** A line of haproxy.cfg: its first word, how many words and braces, and what is live in it. */
export function haproxyStructure(line: string): string {
  const words: string[] = [];
  let rest = '';
  let code = line;
  for (const { groups = {}, index } of line.matchAll(WORD)) {
    if (groups.word !== undefined) words.push(groups.word);
    if (groups.comment !== undefined) {
      rest = ' comment';
      code = line.slice(0, index);
    }
    if (groups.open !== undefined) rest += ' open';
  }
  const braces = words.map((word, i) => (isBrace(word) ? i : '')).join('.');
  return `${words[0] ?? ''} ${words.length} ${braces} ${liveParts(code)}${rest}`;
}

/** A line of a map: whether it has a key and a value. */
export function mapStructure(line: string): string {
  if (/^[ \t]*#/.test(line)) return 'comment';
  const [key, value] = line.trim().split(/[ \t]+(.*)/s);
  return `${key === '' ? 0 : 1}${value === undefined || value === '' ? 0 : 1}`;
}
