/** What the HAProxy at hand can do while it runs, by its version and its own list of keywords. */
export interface Capabilities {
  /** Major and minor, for instance [2, 6]. */
  readonly version: readonly [number, number];
  /** Options that `add server` takes. */
  readonly serverOptions: ReadonlySet<string>;
  /** Bytes that one command with its payload may have: `tune.bufsize` less HAProxy's reserve. */
  readonly payloadBytes: number;
  /** Whether a server with a cookie can be added, and other options that came with 3.0. */
  readonly since30: boolean;
  /** Whether a server with `ssl` that is added sends the SNI that a configured one sends by itself (3.3 and newer). */
  readonly givesSni: boolean;
  /** Whether whole backends can be added and deleted (3.4 and newer). */
  readonly addsBackends: boolean;
}

/** What a HAProxy says of itself. */
export interface Told {
  /** The day of its release as `2026/02/03`; empty where that is not known. */
  readonly releaseDate?: string;
  /** What `add server help` lists; a HAProxy before 3.2 lists nothing. */
  readonly serverOptions?: ReadonlySet<string>;
  /** Whether it knows `add backend`. */
  readonly addsBackends?: boolean;
}

const words = (text: string) => text.split(' ');

/** HAProxy management guide, `add server`: what 2.6 takes. */
const OPTIONS_26 = words(
  'addr agent-addr agent-check agent-inter agent-port agent-send allow-0rtt alpn backup ca-file check check-alpn ' +
    'check-proto check-send-proxy check-sni check-ssl check-via-socks4 ciphers ciphersuites crl-file crt disabled ' +
    'downinter error-limit fall fastinter force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 id inter ' +
    'maxconn maxqueue minconn no-ssl-reuse no-sslv3 no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 npn ' +
    'observe on-error on-marked-down on-marked-up pool-low-conn pool-max-conn pool-purge-delay port proto ' +
    'proxy-v2-options rise send-proxy send-proxy-v2 send-proxy-v2-ssl send-proxy-v2-ssl-cn slowstart sni ssl ' +
    'ssl-max-ver ssl-min-ver tfo tls-tickets verify verifyhost weight ws',
);
const OPTIONS_30 = words('client-sigalgs cookie curves hash-key pool-conn-name sigalgs');
const DEFAULT_BUFSIZE = 16384;
/** Room for the command itself, `maxrewrite`'s share aside: measured with certificates of growing size. */
const RESERVE = 1384;

export function atLeast(version: readonly [number, number], major: number, minor: number): boolean {
  return version[0] > major || (version[0] === major && version[1] >= minor);
}

/** From this day on, 3.3 gives servers that are added their SNI; newer versions always have. */
const SNI_DATE = '2026/02';

/**
 * The capabilities of a version of HAProxy. Versions older than 2.6 have none: every change is a reload. Without its own
 * list of keywords a newer one counts as 3.0, the last that had none.
 */
export function capabilitiesOf(
  version: readonly [number, number],
  { releaseDate = '', serverOptions, addsBackends }: Told = {},
): Capabilities {
  const known = [
    ...(atLeast(version, 2, 6) ? OPTIONS_26 : []),
    ...(atLeast(version, 3, 0) ? OPTIONS_30 : []),
  ];
  return {
    version,
    serverOptions: serverOptions ?? new Set(known),
    payloadBytes: DEFAULT_BUFSIZE - RESERVE,
    since30: atLeast(version, 3, 0),
    givesSni: version.join('.') !== '3.3' || releaseDate >= SNI_DATE,
    addsBackends: addsBackends ?? atLeast(version, 3, 4),
  };
}

/** Reads the version out of `haproxy -v`, `show version` or `show info`: `2.6.12-1+deb12u4`, `3.0.11`. */
export function parseVersion(text: string): readonly [number, number] {
  const match = /(\d+)\.(\d+)(?:[.-]\S*)?/.exec(text);
  return match === null ? [0, 0] : [Number(match[1]), Number(match[2])];
}

/**
 * Asks a running HAProxy. Source: HAProxy management guide, 9.3 `add server help` (3.2 and newer), `show info`,
 * `add backend` (3.4 and newer).
 *
 * @throws what `ask` throws
 */
export async function readCapabilities(
  ask: (command: string) => Promise<string>,
): Promise<Capabilities> {
  const [info, help] = [await ask('show info'), await ask('add server help')];
  const version = parseVersion(/^Version: (.*)$/m.exec(info)?.[1] ?? '');
  const releaseDate = /^Release_date: (\S+)$/m.exec(info)?.[1] ?? '';
  const [title = '', ...listed] = help.trim().split('\n');
  const addsBackends = (await ask('add backend help')).startsWith('Usage: add backend');
  if (!title.startsWith('List of keywords'))
    return capabilitiesOf(version, { releaseDate, addsBackends });
  return capabilitiesOf(version, {
    releaseDate,
    addsBackends,
    serverOptions: new Set(listed.map((line) => line.trim())),
  });
}
