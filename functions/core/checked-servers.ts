import { CONFIG_PATH } from '../wire/bundle.ts';
import { parseOptions } from '../wire/server-option.ts';
import { baseOf, beginsSection, headOf, type SectionHead } from './proxy-sections.ts';
import type { RenderedFile } from './render.ts';
import { readHaproxyLine } from './structure/haproxy-line.ts';

/** Where a configuration sends requests with HAProxy's own checks, and where it may send some without. */
export interface CheckedServers {
  /** Whether requests for this pod go nowhere but to servers that HAProxy checks: it takes them out once they are dead. */
  isChecked(pod: { readonly ip: string; readonly name: string }): boolean;
}

interface Section extends SectionHead {
  /** The words of `default-server` that hold here so far. */
  defaults: readonly string[];
  /** Whether requests may go to servers that are known to be down. */
  persists: boolean;
  readonly servers: Server[];
}

interface Server {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly isChecked: boolean;
}

interface Form {
  readonly address: number;
  readonly options: number;
}

/** Sections whose servers get requests that checks are for. */
const BALANCING = new Set(['backend', 'listen']);
/** How many words stand before the options, and which is the address. Source: HAProxy configuration manual, 4.2. */
const FORMS: Readonly<Record<string, Form>> = {
  server: { address: 2, options: 3 },
  'server-template': { address: 3, options: 4 },
};
const SPECIAL = /["'\\#$]/;
/** Whatever may be an address of a pod. */
const ADDRESSES = /(?:\d{1,3}(?:\.\d{1,3}){3})|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}/gi;

function wordsOf(line: string): readonly string[] {
  if (SPECIAL.test(line)) return readHaproxyLine(line).words;
  const words = line.trim();
  return words === '' ? [] : words.split(/\s+/);
}

/** The hosts that an address may name: without its port, and as it stands. */
function hostsOf(address: string): readonly string[] {
  const bare = address.toLowerCase().replace(/^[a-z0-9]+@/, '');
  const [, bracketed] = /^\[([^\]]+)\]/.exec(bare) ?? [];
  if (bracketed !== undefined) return [bracketed];
  const at = bare.lastIndexOf(':');
  const host = at < 0 ? bare : bare.slice(0, at);
  const [label = ''] = host.split('.');
  return [host, bare, label];
}

/** Options are the same for most servers. */
function createOptions(): (run: readonly string[]) => boolean {
  const known = new Map<string, boolean>();
  return (run) => {
    const key = run.join(' ');
    let isChecked = known.get(key);
    if (isChecked === undefined) {
      const read = parseOptions(run);
      isChecked = read.kind === 'options' && read.options.has('check');
      known.set(key, isChecked);
    }
    return isChecked;
  };
}

/** `no-check` of a line that may hold or not, and no more of it: it is not known which of its branches HAProxy takes. */
const surely = (words: readonly string[], depth: number): readonly string[] =>
  depth === 0 ? words : words.filter((word) => word === 'no-check');

/** Reads a configuration, line by line. */
class Reader {
  readonly sections: Section[] = [];
  /** Lines that are no servers. */
  readonly others: string[] = [];
  private readonly defaults: Section[] = [];
  private readonly isChecked = createOptions();
  /** How many conditional blocks are open. */
  private depth = 0;

  private open(words: readonly string[]): void {
    const { defaults = [], persists = false } = baseOf(words, this.defaults) ?? {};
    const section = { ...headOf(words), defaults, persists, servers: [] };
    this.sections.push(section);
    if (section.kind === 'defaults') this.defaults.push(section);
  }

  private takeServer(section: Section, words: readonly string[], form: Form): void {
    const [name = '', address = ''] = [words[1], words[form.address]];
    const run = [...section.defaults, ...words.slice(form.options)];
    section.servers.push({ name, hosts: hostsOf(address), isChecked: this.isChecked(run) });
  }

  private takeSetting(section: Section, words: readonly string[]): void {
    const line = words.join(' ');
    if (words[0] === 'default-server')
      section.defaults = [...section.defaults, ...surely(words.slice(1), this.depth)];
    else if (words[0] === 'force-persist' || line === 'option persist') section.persists = true;
    else if (line === 'no option persist') section.persists &&= this.depth > 0;
    else if (words[0] !== 'bind') this.others.push(line);
  }

  take(words: readonly string[]): void {
    const [first = ''] = words;
    const section = this.sections.at(-1);
    const form = FORMS[first];
    if (first === '.if') this.depth++;
    else if (first === '.endif') this.depth--;
    else if (beginsSection(first)) this.open(words);
    else if (section && form) this.takeServer(section, words, form);
    else if (section) this.takeSetting(section, words);
    else this.others.push(words.join(' '));
  }
}

/**
 * Reads what a rendering delivers. In doubt nothing is checked: an option that is not known, an address in a line that is
 * no server's, or in a file beside the configuration.
 */
export function readCheckedServers(files: readonly RenderedFile[]): CheckedServers {
  const config = files.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
  const reader = new Reader();
  for (const line of config.split('\n')) reader.take(wordsOf(line));
  const checked = new Set<string>();
  const open = new Set<string>();
  for (const { kind, persists, servers } of reader.sections)
    for (const { name, hosts, isChecked } of servers) {
      const isSafe = isChecked && !persists && BALANCING.has(kind);
      for (const host of hosts) (isSafe ? checked : open).add(host);
      if (!isSafe) open.add(name);
    }
  const texts = files.filter(({ path }) => path !== CONFIG_PATH).map(({ content }) => content);
  for (const text of [...texts, ...reader.others])
    for (const [address] of text.matchAll(ADDRESSES)) open.add(address.toLowerCase());
  return {
    isChecked: ({ ip, name }) => {
      const host = ip.toLowerCase();
      return !open.has(host) && (checked.has(host) || !open.has(name));
    },
  };
}
