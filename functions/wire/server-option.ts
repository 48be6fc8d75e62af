/**
 * The options of `server` and `default-server` lines.
 * Source: HAProxy configuration manual, 5.2 "Server and default-server options", 2.6 to 3.4.
 */
export type ServerOptions = ReadonlyMap<string, readonly string[]>;

export type OptionsResult =
  | { readonly kind: 'options'; readonly options: ServerOptions }
  | { readonly kind: 'unknown'; readonly word: string };

const words = (text: string) => text.split(' ');

const FLAGS = words(
  'agent-check allow-0rtt backup check check-reuse-pool check-send-proxy check-ssl check-via-socks4 disabled ' +
    'force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 no-sslv3 no-tlsv10 no-tlsv11 no-tlsv12 ' +
    'no-tlsv13 send-proxy send-proxy-v2 send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl stick strict-maxconn tfo',
);

/** Options with exactly one argument. */
const VALUES = words(
  'addr agent-addr agent-inter agent-port agent-send alpn ca-file check-alpn check-pool-conn-name check-proto ' +
    'check-sni ciphers ciphersuites client-sigalgs cookie crl-file crt curves downinter error-limit fall ' +
    'fastinter guid hash-key healthcheck id idle-ping init-addr init-state inter ktls log-bufsize log-proto max-reuse maxconn ' +
    'maxqueue minconn namespace npn observe on-error on-marked-down on-marked-up pool-conn-name pool-low-conn ' +
    'pool-max-conn pool-purge-delay port proto proxy-v2-options redir resolve-net resolve-opts resolve-prefer ' +
    'resolvers rise shard sigalgs slowstart sni socks4 source ssl-max-ver ssl-min-ver tcp-ut track verify ' +
    'verifyhost weight ws',
);

/** What may follow the address of `source`, with a word of its own. */
const SOURCE_PARTS = new Set(['usesrc', 'interface']);
const SOURCE_PART = 2;

/** Options that undo another one, and what they undo. They leave no trace: the result is as if neither stood there. */
const UNDONE: Readonly<Record<string, string>> = {
  enabled: 'disabled',
  'no-agent-check': 'agent-check',
  'no-backup': 'backup',
  'no-check': 'check',
  'no-check-reuse-pool': 'check-reuse-pool',
  'no-send-proxy': 'send-proxy',
  'no-send-proxy-v2': 'send-proxy-v2',
  'no-send-proxy-v2-ssl': 'send-proxy-v2-ssl',
  'no-send-proxy-v2-ssl-cn': 'send-proxy-v2-ssl-cn',
  'no-ssl': 'ssl',
  'no-tfo': 'tfo',
  'no-verifyhost': 'verifyhost',
  'non-stick': 'stick',
};

/** Pairs of which the later one holds, and either says more than neither. */
const OPPOSITES: Readonly<Record<string, string>> = {
  'check-ssl': 'no-check-ssl',
  'check-sni-auto': 'no-check-sni-auto',
  'no-check-sni-auto': 'check-sni-auto',
  'no-check-ssl': 'check-ssl',
  'no-renegotiate': 'renegotiate',
  'no-sni-auto': 'sni-auto',
  'no-ssl-reuse': 'ssl-reuse',
  'no-tls-tickets': 'tls-tickets',
  renegotiate: 'no-renegotiate',
  'sni-auto': 'no-sni-auto',
  'ssl-reuse': 'no-ssl-reuse',
  'tls-tickets': 'no-tls-tickets',
};

const ARITY = new Map<string, number>([
  ...[...FLAGS, ...Object.keys(UNDONE), ...Object.keys(OPPOSITES)].map((f) => [f, 0] as const),
  ...VALUES.map((v) => [v, 1] as const),
]);

/**
 * The options that a run of words sets, the later one of two winning, as on one `server` line. Words of
 * `default-server` lines come first, a server's own after them.
 */
export function parseOptions(run: readonly string[]): OptionsResult {
  const options = new Map<string, readonly string[]>();
  for (let at = 0; at < run.length; ) {
    const word = run[at] as string;
    const arity = ARITY.get(word);
    const more = word === 'source' && SOURCE_PARTS.has(run[at + 2] ?? '') ? SOURCE_PART : 0;
    const values = run.slice(at + 1, at + 1 + (arity ?? 0) + more);
    if (arity === undefined || values.length < arity + more) return { kind: 'unknown', word };
    at += 1 + arity + more;
    const undone = UNDONE[word];
    const opposite = OPPOSITES[word];
    if (undone !== undefined) options.delete(undone);
    else options.set(word, values);
    if (opposite !== undefined) options.delete(opposite);
  }
  return { kind: 'options', options };
}

/** One text for equal options, whatever the order in which they stood. */
export function optionsKey(options: ServerOptions, except: readonly string[] = []): string {
  const entries = [...options].filter(([name]) => !except.includes(name));
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
