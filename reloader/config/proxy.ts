import type { ConfigLine } from './line.ts';
import type { Configuration, Obscurity, Section } from './configuration.ts';
import { type OptionsResult, parseOptions } from '../../functions/wire/server-option.ts';
import { between, findSameEnds, type SameEnds } from './same-ends.ts';

/** A `server` line together with the `default-server` lines that hold for it. */
export interface Server {
  readonly name: string;
  readonly address: string;
  /** How many lines it stands below the first of its section. */
  readonly offset: number;
  readonly options: OptionsResult;
  /** Whether a word of it, or of a `default-server` that it takes from, depends on the environment or is odd. */
  readonly opaque: boolean;
  /** All words that make it, in order: equal runs make equal servers, even where they are not understood. */
  readonly run: readonly string[];
}

/** A `frontend`, `backend` or `listen` section and what it takes from its `defaults`. */
export interface ProxySection {
  readonly section: Section;
  /** Nearest first: the section that it takes from, and the ones that this one names after `from`. */
  readonly defaults: readonly Section[];
  readonly servers: readonly Server[];
  /** `server-template` lines with their place among the servers and their `default-server`, as text to compare. */
  readonly templates: readonly string[];
  /** The lines in which the section differs by more than its servers, in order: neither servers nor their defaults. */
  readonly settings: readonly ConfigLine[];
}

export interface Proxies {
  readonly proxies: readonly ProxySection[];
  readonly obscure: readonly Obscurity[];
}

export const PROXIES: ReadonlySet<string> = new Set(['frontend', 'backend', 'listen']);
const SERVER_LINES = new Set(['server', 'server-template', 'default-server']);

/** Option parsing is pure in its words, and thousands of servers share them. */
type OptionsOf = (run: readonly string[]) => OptionsResult;

function memoize(): OptionsOf {
  const known = new Map<string, OptionsResult>();
  return (run) => {
    const key = run.join('\0');
    const result = known.get(key) ?? parseOptions(run);
    known.set(key, result);
    return result;
  };
}

interface Inherited {
  readonly words: readonly string[];
  readonly opaque: boolean;
}

/** `default-server` lines add up: from the oldest ancestor's first line to the one just above a server. */
function inherit(defaults: readonly Section[]): Inherited {
  const lines = defaults
    .toReversed()
    .flatMap((section) => section.lines.filter((line) => line.words[0] === 'default-server'));
  return {
    words: lines.flatMap((line) => line.words.slice(1)),
    opaque: lines.some((line) => line.opaque),
  };
}

const settingsOf = ({ lines }: Section) =>
  lines.filter((line) => !SERVER_LINES.has(line.words[0] ?? ''));

function readProxy(
  section: Section,
  defaults: readonly Section[],
  optionsOf: OptionsOf,
): ProxySection {
  let { words: inherited, opaque } = inherit(defaults);
  const servers: Server[] = [];
  const templates: string[] = [];
  for (const line of section.lines) {
    const [keyword, name = '', address = '', ...own] = line.words;
    if (keyword === 'default-server') {
      inherited = [...inherited, ...line.words.slice(1)];
      opaque ||= line.opaque;
    } else if (keyword === 'server-template') {
      templates.push(JSON.stringify([servers.length, inherited, line.words]));
    } else if (keyword === 'server') {
      const run = [...inherited, ...own];
      const odd = opaque || line.opaque;
      const { offset } = line;
      servers.push({ name, address, offset, options: optionsOf(run), opaque: odd, run });
    }
  }
  return { section, defaults, servers, templates, settings: settingsOf(section) };
}

/** What is made of a section, where its defaults say the same, be they the same objects or not. */
const reuseProxy = (known: ProxySection, section: Section, defaults: readonly Section[]) =>
  known.section === section && defaults.every((each, i) => each === known.defaults[i])
    ? known
    : { ...known, section, defaults };

const isSameText = (a: readonly Section[], b: readonly Section[]) =>
  a === b || (a.length === b.length && a.every(({ text }, i) => text === b[i]?.text));

type Chain =
  | { readonly kind: 'chain'; readonly chain: readonly Section[] }
  | { readonly kind: 'unclear'; readonly name: string };

/** The chain of `defaults` of a section, or the name of one that is missing, double, or names itself. */
function chainOf(section: Section, latest: Section | undefined, all: readonly Section[]): Chain {
  const chain: Section[] = [];
  let current = section;
  for (;;) {
    let next = current === section && section.kind !== 'defaults' ? latest : undefined;
    if (current.from !== '') {
      const named = all.filter((s) => s.name === current.from);
      if (named.length !== 1 || chain.includes(named[0] as Section))
        return { kind: 'unclear', name: current.from };
      next = named[0];
    }
    if (next === undefined) return { kind: 'chain', chain };
    chain.push(next);
    current = next;
  }
}

/** A configuration with its proxies. */
export type Parsed = Configuration & Pick<Proxies, 'proxies'>;

const isDefaults = ({ kind }: Section) => kind === 'defaults';
const NO_ENDS: SameEnds = { first: 0, last: 0 };

/** Sections at both ends whose proxies are those of before: nothing between them is what others take from. */
function findKnownEnds({ sections }: Configuration, previous: Parsed | undefined): SameEnds {
  if (previous === undefined || previous.obscure.length > 0) return NO_ENDS;
  const ends = findSameEnds(previous.sections, sections);
  const changed = [...between(previous.sections, ends), ...between(sections, ends)];
  return changed.some(isDefaults) ? NO_ENDS : ends;
}

/** The same ends, of proxies: each is of a section, in their order, and what is no proxy is notable. */
function toProxies({ first, last }: SameEnds, { sections, notable, proxies }: Parsed): SameEnds {
  const countAbove = (end: number) =>
    end - notable.filter((i) => i < end && !PROXIES.has((sections[i] as Section).kind)).length;
  return {
    first: countAbove(first),
    last: proxies.length - countAbove(sections.length - last),
  };
}

/**
 * Finds every proxy, and resolves what it takes from which `defaults`: the one after `from`, otherwise
 * the latest above it, named or not (HAProxy configuration manual, 4 "Proxies").
 *
 * @param previous a configuration that may have most sections in common
 */
export function readProxies(configuration: Configuration, previous?: Parsed): Proxies {
  const { sections, starts, notable } = configuration;
  const defaults = notable.filter((i) => isDefaults(sections[i] as Section));
  const all = defaults.map((i) => sections[i] as Section);
  const ends = findKnownEnds(configuration, previous);
  const before = previous?.proxies ?? [];
  const known = previous === undefined ? NO_ENDS : toProxies(ends, previous);
  const others = new Map(between(before, known).map((proxy) => [proxy.section.text, proxy]));
  const optionsOf = memoize();
  const proxies: ProxySection[] = before.slice(0, known.first);
  const obscure: Obscurity[] = [];
  const read = (section: Section, defaults: readonly Section[]) => {
    const same = others.get(section.text);
    return same !== undefined && isSameText(same.defaults, defaults)
      ? reuseProxy(same, section, defaults)
      : readProxy(section, defaults, optionsOf);
  };
  let latest = all[defaults.filter((i) => i < ends.first).length - 1];
  /** Of proxies below the latest `defaults`, by what they name after `from`. */
  const chains = new Map<string, Chain>();
  for (const [i, section] of between(sections, ends).entries()) {
    if (isDefaults(section)) {
      latest = section;
      chains.clear();
    }
    if (!PROXIES.has(section.kind)) continue;
    const found = chains.get(section.from) ?? chainOf(section, latest, all);
    chains.set(section.from, found);
    if (found.kind === 'unclear')
      obscure.push({
        line: starts[ends.first + i] as number,
        reason: `it is not clear which defaults are meant by from ${found.name}`,
        dropped: true,
      });
    else proxies.push(read(section, found.chain));
  }
  return { proxies: [...proxies, ...before.slice(before.length - known.last)], obscure };
}

/** The line that decides a setting of which only the last one counts: the section's own, otherwise its nearest defaults'. */
export function settingOf(proxy: ProxySection, keyword: string): readonly string[] {
  for (const section of [proxy.section, ...proxy.defaults]) {
    const line = section.lines.findLast((l) => l.words[0] === keyword);
    if (line !== undefined) return line.words.slice(1);
  }
  return [];
}

/** Whether an `option` holds: the section's own last word on it, otherwise that of its nearest defaults. */
export function hasOption(proxy: ProxySection, name: string): boolean {
  for (const section of [proxy.section, ...proxy.defaults]) {
    const line = section.lines.findLast(({ words }) => {
      const at = words[0] === 'option' ? 1 : 2;
      return words[at - 1] === 'option' && words[at] === name;
    });
    if (line !== undefined) return line.words[0] === 'option';
  }
  return false;
}
