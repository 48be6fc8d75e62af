import { readHaproxyLine } from '../core/structure/haproxy-line.ts';

/** A line by which a proxy listens. */
export interface Bind {
  /** The header of the section that it stands in. */
  readonly header: string;
  readonly line: string;
}

/** An address that several proxies listen at, so that each would get some of its connections. */
export interface SharedBind {
  /** In one form, whatever the way that it is written. */
  readonly address: string;
  /** In the order of the lines, one a proxy. */
  readonly binds: readonly Bind[];
}

const LISTENING = /^(?:frontend|listen|peers|log-forward)\s/;
const HEADER = /^[a-z]/;
const BIND = /^[ \t]+bind[ \t]/;
/** What follows may not hold: nobody but HAProxy knows. */
const OPENS = /^\s*\.if\b/;
const CLOSES = /^\s*\.endif\b/;
/** Options by which equal addresses are different ones. */
const TELLING = ['interface', 'namespace'];
const MOST_PORTS = 1000;

const ANY_IPV4 = new Set(['', '*', '0.0.0.0']);
const ANY_IPV6 = new Set(['::', '[::]']);

/** Configuration Manual 11, "Address formats". */
function hostOf(text: string, kind: string): string {
  if (kind.endsWith('6')) return ANY_IPV6.has(text) || text === '*' ? '[::]' : text;
  if (ANY_IPV4.has(text)) return '*';
  return ANY_IPV6.has(text) ? '[::]' : text.toLowerCase();
}

function portsOf(text: string): readonly string[] {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (first === undefined || last === undefined) return [text];
  const count = Math.min(Number(last) - Number(first) + 1, MOST_PORTS);
  return Array.from({ length: Math.max(count, 0) }, (_, i) => `${Number(first) + i}`);
}

/** An address as written, in one form: one for each port. */
function addressesOf(text: string): readonly string[] {
  const [, kind = '', rest = text] = /^([a-z][a-z0-9+]*)@(.*)$/.exec(text) ?? [];
  if (/^(?:unix|uxst|uxdg|abns|abnsz|fd|sockpair|rhttp|rev)/.test(kind)) {
    const isPath = kind === 'unix' || kind === 'uxst';
    return [isPath ? rest : `${kind}@${rest}`];
  }
  if (rest.startsWith('/')) return [rest];
  const transport = /^(?:quic|udp)/.test(kind) ? 'udp ' : '';
  const colon = rest.lastIndexOf(':');
  const host = hostOf(rest.slice(0, Math.max(colon, 0)), kind);
  return portsOf(rest.slice(colon + 1)).map((port) => `${transport}${host}:${port}`);
}

function addressesOfLine(line: string): readonly string[] {
  const { words } = readHaproxyLine(line);
  const [, addresses = '', ...options] = words;
  const told = TELLING.flatMap((name) => {
    const at = options.indexOf(name);
    return at < 0 ? [] : [` ${name} ${options[at + 1] ?? ''}`];
  }).join('');
  return addresses
    .split(',')
    .flatMap(addressesOf)
    .map((address) => address + told);
}

/**
 * The addresses at which more than one proxy of a configuration listens. HAProxy takes such a configuration, and lets
 * the system spread connections over them (or, of a path, gives all to the last one), unless `noreuseport` is set: then
 * it does not start.
 */
export function findSharedBinds(config: string): readonly SharedBind[] {
  const found = new Map<string, Map<string, Bind>>();
  let header = '';
  let depth = 0;
  for (const line of config.split('\n')) {
    if (HEADER.test(line)) header = line;
    else if (OPENS.test(line)) depth++;
    else if (CLOSES.test(line)) depth--;
    else if (depth === 0 && BIND.test(line) && LISTENING.test(header))
      for (const address of addressesOfLine(line)) {
        const binds = found.get(address) ?? new Map<string, Bind>();
        if (!binds.has(header)) binds.set(header, { header, line });
        found.set(address, binds);
      }
  }
  return [...found]
    .filter(([, binds]) => binds.size > 1)
    .map(([address, binds]) => ({ address, binds: [...binds.values()] }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}
