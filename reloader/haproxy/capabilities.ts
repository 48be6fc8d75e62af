/** What the HAProxy at hand can do while it runs. Detected from its version and its own list of keywords. */
export interface Capabilities {
  /** Major and minor, for instance [2, 6]. */
  readonly version: readonly [number, number];
  /** Options that `add server` takes. */
  readonly serverOptions: ReadonlySet<string>;
  /** Bytes that one command with its payload may have: `tune.bufsize` less HAProxy's reserve. */
  readonly payloadBytes: number;
  /** Whether a server with a cookie can be added, and other options that came with 3.0. */
  readonly since30: boolean;
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
/** From `add server help` of 3.2. */
const OPTIONS_32 = words(
  'check-pool-conn-name check-reuse-pool idle-ping init-state strict-maxconn',
);

const DEFAULT_BUFSIZE = 16384;
/** Room for the command itself, `maxrewrite`'s share aside: measured with certificates of growing size. */
const RESERVE = 1384;

export function atLeast(version: readonly [number, number], major: number, minor: number): boolean {
  return version[0] > major || (version[0] === major && version[1] >= minor);
}

/** The capabilities of a version of HAProxy. Versions older than 2.6 have none: every change is a reload. */
export function capabilitiesOf(version: readonly [number, number]): Capabilities {
  const options = [
    ...(atLeast(version, 2, 6) ? OPTIONS_26 : []),
    ...(atLeast(version, 3, 0) ? OPTIONS_30 : []),
    ...(atLeast(version, 3, 2) ? OPTIONS_32 : []),
  ];
  return {
    version,
    serverOptions: new Set(options),
    payloadBytes: DEFAULT_BUFSIZE - RESERVE,
    since30: atLeast(version, 3, 0),
  };
}

/** Reads the version out of `haproxy -v`, `show version` or `show info`: `2.6.12-1+deb12u4`, `3.0.11`. */
export function parseVersion(text: string): readonly [number, number] {
  const match = /(\d+)\.(\d+)(?:[.-]\S*)?/.exec(text);
  return match === null ? [0, 0] : [Number(match[1]), Number(match[2])];
}
