import { type Address, parseAddress } from '../config/address.ts';
import { type Parsed, type ProxySection, type Server, settingOf } from '../config/proxy.ts';
import { isPlainName } from '../plan/known-server.ts';

/** What a server's line says of what HAProxy shows; undefined where it does not decide that, or not for sure. */
export interface ExpectedServer {
  readonly backend: string;
  readonly name: string;
  /** Of its line, from 1. */
  readonly line: number;
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
  /** Why nothing can be told; empty where something can. */
  readonly unclear: string;
}

const read = (backend: string, { name, line, address, options, opaque }: Server) => {
  const known = opaque || options.kind === 'unknown' ? undefined : options.options;
  const literal = parseAddress(address);
  // An agent sets state and weight by itself; a server that tracks another one has no checks of its own.
  const isSelfSet = known === undefined || known.has('agent-check');
  const isChecked = known === undefined || known.has('track') ? undefined : known.has('check');
  return {
    backend,
    name,
    line,
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
  return ({ proxies, obscure }) => {
    const [first] = obscure;
    if (first !== undefined) {
      const unclear = `line ${first.line}: ${first.reason}`;
      return { backends: [], of: () => undefined, unclear };
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
    return { backends: [...byName.keys()], of, unclear: '' };
  };
}
