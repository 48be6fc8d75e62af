import { type Configuration, notableSections } from '../config/configuration.ts';

/** What of a configuration decides whether a reload to it can be dared. */
export interface Outline {
  /** Global settings whose change takes all of HAProxy down in a reload: keyword to arguments. */
  readonly fatal: ReadonlyMap<string, string>;
  /** Addresses that it listens on for certain, as written, each once, sorted. */
  readonly listens: readonly string[];
  /** Those under a condition. */
  readonly perhaps: readonly string[];
}

const FATAL = new Set(['chroot', 'user', 'group', 'uid', 'gid', 'pidfile']);
/** Whoever binds in another namespace, or to addresses that are not here yet, cannot be tried from here. */
const UNTRIABLE = new Set(['namespace', 'transparent', 'interface']);

/** The addresses of a `bind` line, or of `stats socket`: a list with commas. */
function listensOf(section: string, words: readonly string[]): string[] {
  const [keyword, first = '', second = ''] = words;
  if (words.some((word) => UNTRIABLE.has(word))) return [];
  if (section === 'global')
    return keyword === 'stats' && first === 'socket' ? second.split(',') : [];
  return keyword === 'bind' ? first.split(',') : [];
}

function* linesOf(configuration: Configuration) {
  for (const { kind, lines, isPlain } of notableSections(configuration))
    if (!isPlain) for (const { words } of lines) yield { kind, words };
}

/** Reads an outline. Lines under a condition (`.if`) count for what is fatal, but not as certain listeners. */
export function outline(configuration: Configuration): Outline {
  const fatal = new Map<string, string>();
  const listens = new Set<string>();
  const perhaps = new Set<string>();
  let depth = 0;
  for (const { kind, words } of linesOf(configuration)) {
    const [keyword = ''] = words;
    if (keyword === '.if') depth += 1;
    else if (keyword === '.endif') depth -= 1;
    else if (kind === 'global' && FATAL.has(keyword)) fatal.set(keyword, words.slice(1).join(' '));
    else
      for (const address of listensOf(kind, words).filter((each) => each !== ''))
        (depth === 0 ? listens : perhaps).add(address);
  }
  return { fatal, listens: [...listens].sort(), perhaps: [...perhaps].sort() };
}
