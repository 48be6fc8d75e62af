import { isIPv6 } from 'node:net';

/** What of a request says for whom it was meant, and which page sent it. */
export interface Addressed {
  readonly url?: string | undefined;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  readonly socket: { readonly localAddress?: string | undefined };
}

/** Why a request is not answered; `title` and `hint` are always the same, `detail` tells of this time. */
export interface Stranger {
  readonly code: StrangerCode;
  readonly detail: string;
}

export type StrangerCode = keyof typeof STRANGERS;

export const STRANGERS = {
  'foreign-origin': {
    status: 403,
    title: 'The request was sent by a web page of somebody else',
    hint: 'Ask from a page of this address itself, or without a browser.',
  },
  // RFC 9110, section 15.5.20.
  'misdirected-request': {
    status: 421,
    title: 'The request is for a host that this one is not',
    hint: 'Use an address that it listens on, localhost on the same machine, or add the name to the setting ALLOWED_HOSTS.',
  },
} as const;

export interface OwnHostsOptions {
  /** The host that is listened on; all addresses of the machine where it is 0.0.0.0 or ::. */
  readonly listen: string;
  /** Further names, as ALLOWED_HOSTS has them. */
  readonly more: readonly string[];
}

/** Says what is wrong with a request that some page of the web may have sent; undefined where nothing is. */
export type FindStranger = (request: Addressed) => Stranger | undefined;

const NAME = String.raw`(?:\[[0-9a-f:.]+\]|[^:[\]/?#@\\\s%]+)`;
const NAME_ALONE = new RegExp(`^${NAME}$`, 'i');
const NAME_AND_PORT = new RegExp(`^${NAME}(?::\\d*)?$`, 'i');
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** An IPv4 address that is written as IPv6 (RFC 4291, section 2.5.5.2), as sockets for both tell it. */
function unmap(address: string): string {
  const [, high, low] = MAPPED.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const bytes = Buffer.from(high.padStart(4, '0') + low.padStart(4, '0'), 'hex');
  return bytes.join('.');
}

/** The host of `host` or `host:port` in its one spelling (WHATWG URL): lower case, no brackets, no dot at the end. */
function readHost(text: string, form = NAME_AND_PORT): string | undefined {
  const url = `http://${text}`;
  if (!form.test(text) || !URL.canParse(url)) return undefined;
  return unmap(new URL(url).hostname.replace(/^\[(.*)\]$|\.$/g, '$1'));
}

const bracketed = (address: string) => (isIPv6(address) ? `[${address}]` : address);

/**
 * Reads a host name or an address, for ALLOWED_HOSTS.
 *
 * @throws Error whose message says what form is expected
 */
export function readHostName(text: string): string {
  const host = readHost(bracketed(text), NAME_ALONE);
  if (host !== undefined) return host;
  throw new Error(`expected host names or addresses without a port, not ${JSON.stringify(text)}`);
}

function valuesOf({ rawHeaders }: Addressed, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const value = rawHeaders[i + 1];
    if (rawHeaders[i]?.toLowerCase() === name && value !== undefined) values.push(value);
  }
  return values;
}

/** RFC 9112, section 3.2.2: a target that names its host is what counts, whatever the header says. */
function hostsOf(request: Addressed): string[] {
  const { url = '/' } = request;
  const hosts = valuesOf(request, 'host');
  if (url.startsWith('/')) return hosts;
  const [, authority] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url) ?? [];
  return authority === undefined ? hosts : [...hosts, authority];
}

/** An origin is that of a host if scheme, host and port are equal; which scheme is in use is not known behind a proxy. */
function isOriginOf(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: authority } = new URL(origin);
  return /^https?:$/.test(protocol) && new URL(`${protocol}//${host}`).host === authority;
}

/** Of own hosts that are remembered. */
const MOST_SPELLINGS = 100;

const shown = (text: string) => JSON.stringify(text.slice(0, 100));

/**
 * Keeps pages of the web out where nobody has to prove who he is: by DNS rebinding, a page of any name becomes one of
 * the same origin as this machine, but its requests bear that name in `Host`; and what a page sends elsewhere bears its
 * `Origin`. A request that names no host (HTTP/1.0, as load balancers check) is from no browser.
 */
export function createFindStranger({ listen, more }: OwnHostsOptions): FindStranger {
  const own = new Set([readHost(bracketed(listen)), ...more]);
  /** As they are written in requests, which a whole fleet writes alike. */
  const good = new Set<string>();

  function isOwn(text: string, { localAddress = '' }: Addressed['socket']): boolean {
    if (good.has(text)) return true;
    const host = readHost(text);
    if (host === undefined) return false;
    const here = readHost(bracketed(localAddress.replace(/%.*$/, '')));
    if (!LOOPBACK.test(host) && !own.has(host)) return host === here;
    if (good.size < MOST_SPELLINGS) good.add(text);
    return true;
  }

  /** One host, seen before, and no page: what a whole fleet says with each poll. */
  function isUsual({ url, rawHeaders }: Addressed): boolean {
    let hosts = 0;
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const { length } = rawHeaders[i] ?? '';
      if (length !== 'host'.length && length !== 'origin'.length) continue;
      const name = rawHeaders[i]?.toLowerCase();
      if (name === 'origin') return false;
      if (name !== 'host') continue;
      if (hosts > 0 || !good.has(rawHeaders[i + 1] ?? '')) return false;
      hosts += 1;
    }
    return hosts === 1 && url?.startsWith('/') === true;
  }

  return (request) => {
    if (isUsual(request)) return undefined;
    const hosts = hostsOf(request);
    const strange = hosts.find((host) => !isOwn(host, request.socket));
    if (strange !== undefined)
      return { code: 'misdirected-request', detail: `there is no host ${shown(strange)} here` };
    const foreign = valuesOf(request, 'origin').find(
      (origin) => !hosts.some((host) => isOriginOf(origin, host)),
    );
    if (foreign === undefined) return undefined;
    return { code: 'foreign-origin', detail: `the page is of the origin ${shown(foreign)}` };
  };
}
