import { type Address, parseAddress } from '../config/address.ts';
import { lineNumberIn } from '../config/configuration.ts';
import { type Parsed, type ProxySection, type Server, settingOf } from '../config/proxy.ts';
import { isPlainName } from '../plan/known-server.ts';

/** What a server's line says of what HAProxy shows; undefined where it does not decide that, or not for sure. */
export interface ExpectedServer {
  readonly backend: string;
  readonly name: string;
  /** How many lines it stands below the first of its section. */
  readonly offset: number;
  readonly address: Address | undefined;
  readonly weight: number | undefined;
  readonly disabled: boolean | undefined;
  readonly checked: boolean | undefined;
  readonly ssl: boolean | undefined;
}

type ByName = ReadonlyMap<string, ExpectedServer>;

/** The servers that a configuration makes. */
export interface ExpectedServers {
  readonly backends: readonly string[];
  /** By name; undefined for a backend whose servers cannot be told for sure. */
  of(backend: string): ByName | undefined;
  /** The number of its line. */
  lineOf(server: ExpectedServer): number | undefined;
  /** Why nothing can be told; empty where something can. */
  readonly unclear: string;
}

const read = (backend: string, { name, offset, address, options, opaque }: Server) => {
  const known = opaque || options.kind === 'unknown' ? undefined : options.options;
  const literal = parseAddress(address);
  // An agent sets state and weight by itself; a server that tracks another one has no checks of its own.
  const isSelfSet = known === undefined || known.has('agent-check');
  const isChecked = known === undefined || known.has('track') ? undefined : known.has('check');
  return {
    backend,
    name,
    offset,
    address: opaque || literal.kind === 'other' ? undefined : literal.address,
    weight: isSelfSet ? undefined : Number(known.get('weight')?.[0] ?? 1),
    disabled: isSelfSet ? undefined : known.has('disabled'),
    checked: isChecked,
    ssl: known?.has('ssl'),
  } satisfies ExpectedServer;
};

/** Whether every server of the proxy has a line here, and HAProxy shows it. */
function isClear(proxy: ProxySection): boolean {
  const { section, servers, templates, defaults } = proxy;
  const [mode = 'tcp'] = settingOf(proxy, 'mode');
  const isOff = [section, ...defaults].some(({ lines }) =>
    lines.some(({ words }) => words[0] === 'disabled'),
  );
  return (
    templates.length === 0 &&
    !isOff &&
    (mode === 'http' || mode === 'tcp') &&
    section.kind !== 'frontend' &&
    isPlainName(section.name) &&
    servers.every(({ name }) => isPlainName(name)) &&
    new Set(servers.map(({ name }) => name)).size === servers.length
  );
}

/** Tells from a configuration what HAProxy is to show, and keeps what it knows of sections that stay. */
export function createExpectations(): (parsed: Parsed) => ExpectedServers {
  const known = new WeakMap<readonly Server[], ByName>();
  const clear = new WeakMap<ProxySection, boolean>();
  const readAll = (proxy: ProxySection): ByName => {
    const { section, servers } = proxy;
    const before = known.get(servers);
    if (before !== undefined) return before;
    const byName = new Map(servers.map((server) => [server.name, read(section.name, server)]));
    known.set(servers, byName);
    return byName;
  };
  const isKnownClear = (proxy: ProxySection): boolean => {
    const is = clear.get(proxy) ?? isClear(proxy);
    clear.set(proxy, is);
    return is;
  };
  return (parsed) => {
    const { proxies, obscure } = parsed;
    const [first] = obscure;
    if (first !== undefined) {
      const unclear = `line ${first.line}: ${first.reason}`;
      return { backends: [], of: () => undefined, lineOf: () => undefined, unclear };
    }
    const byName = new Map<string, ProxySection | undefined>();
    for (const proxy of proxies) {
      const { name, kind } = proxy.section;
      if (kind !== 'frontend') byName.set(name, byName.has(name) ? undefined : proxy);
    }
    const of = (backend: string) => {
      const proxy = byName.get(backend);
      return proxy !== undefined && isKnownClear(proxy) ? readAll(proxy) : undefined;
    };
    const lineNumber = lineNumberIn(parsed);
    const lineOf = (server: ExpectedServer) => {
      const proxy = byName.get(server.backend);
      return proxy && lineNumber(proxy.section, server);
    };
    return { backends: [...byName.keys()], of, lineOf, unclear: '' };
  };
}
