import { SETTINGS } from './setting-table.ts';
import { DEFAULT_PASSWORD } from './settings/rendering.ts';
import { parseSettings, type SettingSources } from './wire/settings.ts';

type Table = typeof SETTINGS;
type Value<S extends { parse: (text: string) => unknown }> = S extends { fallback: string }
  ? ReturnType<S['parse']>
  : ReturnType<S['parse']> | undefined;

/** The service's settings, checked and frozen. Durations are in milliseconds. */
export type Settings = { readonly [K in keyof Table]: Value<Table[K]> };

export type ReadSettings =
  | {
      readonly kind: 'settings';
      readonly settings: Settings;
      /** What is not a flag: the command. */
      readonly words: readonly string[];
      /** What the operator should know, and may leave so. */
      readonly warnings: readonly string[];
    }
  /** Words: the command that it is asked of. */
  | { readonly kind: 'help'; readonly words: readonly string[] }
  | { readonly kind: 'version' }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** Whether only this machine can connect there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

type Rule = readonly [holds: (settings: Settings) => boolean, problem: string];

/** What settings demand of one another. */
const RULES: readonly Rule[] = [
  [
    ({ auth, listen, allowAnyoneToReadKeys }) =>
      auth !== 'none' || isLoopback(listen.host) || allowAnyoneToReadKeys,
    'LISTEN is beyond loopback and AUTH is none: whoever can connect could read every private key. Set AUTH, or say --allow-anyone-to-read-keys',
  ],
  [
    ({ tlsCert, tlsKey }) => (tlsCert === undefined) === (tlsKey === undefined),
    'TLS_CERT and TLS_KEY go together: one of them is missing',
  ],
  [
    ({ tlsClientCa, tlsCert }) => tlsClientCa === undefined || tlsCert !== undefined,
    'TLS_CLIENT_CA needs TLS_CERT and TLS_KEY',
  ],
  [
    ({ tlsTicketKey, tlsCert }) => tlsTicketKey === undefined || tlsCert !== undefined,
    'TLS_TICKET_KEY needs TLS_CERT and TLS_KEY',
  ],
  [
    ({ auth, tokenFile }) => auth !== 'token' || tokenFile !== undefined,
    'AUTH=token needs TOKEN_FILE',
  ],
  [
    ({ auth, tlsClientCa, tlsClientNames }) =>
      auth !== 'tls' || (tlsClientCa !== undefined && tlsClientNames.length > 0),
    'AUTH=tls needs TLS_CERT, TLS_KEY, TLS_CLIENT_CA and TLS_CLIENT_NAMES',
  ],
];

const WARNINGS: readonly Rule[] = [
  [
    ({ statisticsPassword }) => statisticsPassword !== DEFAULT_PASSWORD,
    'STATISTICS_PASSWORD is the default, which anybody can look up: set it',
  ],
  [
    ({ listen, tlsCert }) => isLoopback(listen.host) || tlsCert !== undefined,
    'LISTEN is beyond loopback and TLS_CERT is not set: private keys cross the network in the clear',
  ],
  [
    ({ auth, listen }) => auth !== 'none' || isLoopback(listen.host),
    'AUTH is none beyond loopback: whoever can connect reads every private key',
  ],
];

const broken = (rules: readonly Rule[], settings: Settings) =>
  rules.filter(([holds]) => !holds(settings)).map(([, problem]) => problem);

/** Reads the service's settings from flags and environment; every problem is told at once. */
export function readSettings(sources: SettingSources): ReadSettings {
  const parsed = parseSettings(SETTINGS, sources);
  if (parsed.kind !== 'settings') return parsed;
  const settings = parsed.values as Settings;
  const problems = broken(RULES, settings);
  if (problems.length > 0) return { kind: 'problems', problems };
  return { kind: 'settings', settings, words: parsed.words, warnings: broken(WARNINGS, settings) };
}
