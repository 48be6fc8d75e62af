import { type ConnectionOptions, rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { Credentials, Proof } from './credentials.ts';

/** The connections to one API server. */
export interface Agents {
  /** One agent a CA and client certificate: rotation makes a new one, and the old one ends with its last stream. */
  agentFor(proof: Proof): Dispatcher;
  close(): Promise<void>;
}

type Tls = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;

const CONNECT_MS = 10_000;
const TCP = { timeout: CONNECT_MS, keepAliveInitialDelay: 15_000 };

function defined<T extends object>(fields: T): T {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

/** What a URL has before its host, as a proxy is told it; undefined where there is nothing. */
function accountOf(
  proxy: URL,
): { readonly username: string; readonly password: string } | undefined {
  if (proxy.username === '') return undefined;
  const [username, password] = [proxy.username, proxy.password].map(decodeURIComponent);
  return { username: username ?? '', password: password ?? '' };
}

/** Through an HTTP proxy: by CONNECT, or where the API server speaks plain HTTP by whole URLs, as Go's clients do. */
function createHttpProxyAgent(proxy: URL, tls: Tls): Dispatcher {
  const account = accountOf(proxy);
  const basic =
    account && Buffer.from(`${account.username}:${account.password}`).toString('base64');
  // As with Go's clients, the cluster's own CA may have signed the proxy too.
  const trusted = tls.ca === undefined ? {} : { ca: [...rootCertificates, String(tls.ca)] };
  return new ProxyAgent({
    uri: proxy.href,
    ...(basic === undefined ? {} : { token: `Basic ${basic}` }),
    requestTls: { ...tls, ...TCP },
    proxyTls: { ...trusted, ...TCP },
    proxyTunnel: false,
    // A proxy that never says whether it has connected would hang every request to come.
    clientFactory: (origin, options) =>
      new Pool(origin, { ...options, headersTimeout: CONNECT_MS }),
  });
}

function createAgent({ serverName, proxy }: Credentials, proof: Proof): Dispatcher {
  const { ca, cert, key } = proof;
  const tls: Tls = defined({ ca, cert, key, servername: serverName });
  if (proxy === undefined) return new Agent({ connect: { ...tls, ...TCP } });
  if (proxy.protocol !== 'socks5:') return createHttpProxyAgent(proxy, tls);
  const options = { ...accountOf(proxy), requestTls: tls };
  return new Socks5ProxyAgent(proxy, options);
}

export function createAgents(credentials: Credentials): Agents {
  let current: { readonly identity: string; readonly agent: Dispatcher } | undefined;
  const retired = new Set<Dispatcher>();
  const retire = (agent: Dispatcher) => {
    retired.add(agent);
    const forget = () => retired.delete(agent);
    agent.close().then(forget, forget);
  };
  return {
    agentFor(proof) {
      const identity = JSON.stringify([proof.ca, proof.cert, proof.key]);
      if (current?.identity !== identity) {
        if (current) retire(current.agent);
        current = { identity, agent: createAgent(credentials, proof) };
      }
      return current.agent;
    },
    async close() {
      const all = [...retired, ...(current ? [current.agent] : [])];
      await Promise.all(all.map((agent) => agent.destroy()));
    },
  };
}
