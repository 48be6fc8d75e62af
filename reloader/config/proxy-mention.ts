import type { ConfigLine } from './line.ts';
import {
  type Configuration,
  lineNumberIn,
  notableSections,
  type Section,
} from './configuration.ts';

/** Where a configuration names proxies so that HAProxy looks for them when it starts, and by what else it tells them. */
export interface ProxyMentions {
  /** Whether a rule, a fetch, a table or a log target names the proxy, or seems to. */
  names(proxy: string): boolean;
  /** What tells proxies by more than their names, with its line; undefined where nothing does. */
  readonly otherwise: string | undefined;
}

/** An argument of a fetch or converter, and what it is one of. */
const CALL = /([A-Za-z0-9_.-]*)\(([^()]*)/g;
/** Those that take a string, a header's name or a variable: a service may well be called `host`. */
const OF_STRINGS =
  /^(?:(?:base)?(?:req|res)?\.?(?:f?hdr|cook|scook|body|ver)[a-z_]*|map.*|str|(?:un)?set-var(?:-fmt)?|var|env|urlp?|url_param|field|word|concat|regsub|sub|json_query|(?:http_)?auth.*)$/;

/** The words of an argument that may be a proxy, or a server of one. */
const namesIn = (args: string): readonly string[] =>
  args.split(',').flatMap((arg) => {
    const [proxy = '', ...server] = arg.trim().split('/');
    return server.length > 1 ? [] : [proxy];
  });

function readWord(word: string, before: string | undefined, names: Set<string>): void {
  if (before === 'table' || before === 'track') for (const name of namesIn(word)) names.add(name);
  if (word.includes('backend@')) names.add(word.slice(word.indexOf('@') + 1));
  if (!word.includes('(')) return;
  for (const [, call = '', args = ''] of word.matchAll(CALL))
    if (!OF_STRINGS.test(call)) for (const name of namesIn(args)) names.add(name);
}

const BY_ID = /\b[bf]e_id\b/;

/** Says so of a line with this number. */
type Otherwise = (number: number) => string;

function readOtherwise({ raw }: ConfigLine): Otherwise | undefined {
  const [keyword = ''] = raw;
  if (keyword.startsWith('lua-load'))
    return (number) => `${keyword} (line ${number}) may look at backends`;
  return raw.some((word) => BY_ID.test(word))
    ? (number) => `line ${number} names them by their ids`
    : undefined;
}

/** What one section mentions. */
interface Part {
  readonly names: ReadonlySet<string>;
  /** The first line that does, and what it does. */
  readonly otherwise: { readonly line: ConfigLine; readonly say: Otherwise } | undefined;
}

function readPart({ lines }: Section): Part {
  const names = new Set<string>();
  let otherwise: Part['otherwise'];
  for (const line of lines) {
    const { raw } = line;
    const [keyword, second = ''] = raw;
    if (keyword === 'use_backend' || keyword === 'default_backend') names.add(second);
    raw.forEach((word, i) => {
      if (i > 0) readWord(word, raw[i - 1], names);
    });
    const say = readOtherwise(line);
    if (say !== undefined) otherwise ??= { line, say };
  }
  return { names, otherwise };
}

/** Sections stay from one configuration to the next, and say the same there. */
const known = new WeakMap<Section, Part>();

function partOf(section: Section): Part {
  const part = known.get(section) ?? readPart(section);
  known.set(section, part);
  return part;
}

/** Finds the mentions in every line of every section. */
export function findProxyMentions(configuration: Configuration): ProxyMentions {
  const sections = notableSections(configuration).filter(({ isPlain }) => !isPlain);
  const names = new Set(sections.flatMap((section) => [...partOf(section).names]));
  const found = sections.find((section) => partOf(section).otherwise !== undefined);
  const { line, say } = (found && partOf(found).otherwise) ?? {};
  return {
    names: (proxy) => names.has(proxy),
    otherwise: found && line && say?.(lineNumberIn(configuration)(found, line)),
  };
}
