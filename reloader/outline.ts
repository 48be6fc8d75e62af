/** What of a configuration decides whether a reload to it can be dared. */
export interface Outline {
  /** Global settings whose change takes all of HAProxy down in a reload: keyword to arguments. */
  readonly fatal: ReadonlyMap<string, string>;
  /** Addresses that it listens on for certain, as written, each once, sorted. */
  readonly listens: readonly string[];
}

const FATAL = new Set(['chroot', 'user', 'group', 'uid', 'gid', 'pidfile']);
const SECTIONS = new Set(
  'global defaults frontend backend listen peers resolvers mailers userlist program cache http-errors ring log-forward fcgi-app crt-store log-profile traces acme'.split(
    ' ',
  ),
);
/** Whoever binds in another namespace, or to addresses that are not here yet, cannot be tried from here. */
const UNTRIABLE = new Set(['namespace', 'transparent', 'interface']);

/** The words of a line: quotes and backslashes taken off, the comment left out (configuration manual, 2.2). */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word = '';
  let started = false;
  let quote = '';
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i] as string;
    if (quote !== "'" && char === '\\') {
      i += 1;
      word += line[i] ?? '';
      started = true;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      started = true;
    } else if (char === '#') break;
    else if (/\s/.test(char)) {
      if (started) words.push(word);
      word = '';
      started = false;
    } else {
      word += char;
      started = true;
    }
  }
  if (started) words.push(word);
  return words;
}

/** The addresses of a `bind` line, or of `stats socket`: a list with commas. */
function listensOf(section: string, words: readonly string[]): string[] {
  const [keyword, first = '', second = ''] = words;
  if (words.some((word) => UNTRIABLE.has(word))) return [];
  if (section === 'global')
    return keyword === 'stats' && first === 'socket' ? second.split(',') : [];
  return keyword === 'bind' ? first.split(',') : [];
}

/** Reads an outline. Lines under a condition (`.if`) count for what is fatal, but not as certain listeners. */
export function outline(content: string): Outline {
  const fatal = new Map<string, string>();
  const listens = new Set<string>();
  let section = '';
  let depth = 0;
  for (const line of content.split('\n')) {
    const words = splitWords(line);
    const [keyword = ''] = words;
    if (SECTIONS.has(keyword)) section = keyword;
    else if (keyword === '.if') depth += 1;
    else if (keyword === '.endif') depth -= 1;
    else if (section === 'global' && FATAL.has(keyword))
      fatal.set(keyword, words.slice(1).join(' '));
    else if (depth === 0) for (const address of listensOf(section, words)) listens.add(address);
  }
  return { fatal, listens: [...listens].filter((address) => address !== '').sort() };
}
