import { type Address, formatAddress } from '../config/address.ts';
import type { ServerOptions } from '../../functions/wire/server-option.ts';
import type { Capabilities } from '../haproxy/capabilities.ts';
import { needReload } from './needs-reload.ts';

export interface Addition {
  /** As `BACKEND/NAME`, for reasons. */
  readonly where: string;
  readonly address: Address;
  readonly options: ServerOptions;
  /** The id to ask for; 0 for any. */
  readonly id: number;
  /** Files that the running HAProxy has loaded for servers, by option. */
  readonly loaded: LoadedFiles;
}

/** Files that servers of the running configuration name, so that they are loaded already, by option. */
export type LoadedFiles = Pick<ReadonlyMap<string, ReadonlySet<string>>, 'get'>;

/** Options that name a file: `add server` reads no disk. */
export const FILE_OPTIONS: readonly string[] = ['ca-file', 'crl-file', 'crt'];

/** What can stand on the CLI without quoting; the rest is left to a reload. */
const PLAIN = /^[A-Za-z0-9_.:/@%+=,()[\]|!?^~&*-]+$/;
/** HAProxy's MAX_CLI_ARGS; 2.6 and 3.0 cut what is beyond without a word. `add server b/s` are three. */
const MAX_WORDS = 64 - 3;

/**
 * A dynamic server does not take over ssl and PROXY protocol for its checks, as a configured one does where its
 * checks have no address of their own.
 */
function inheritChecks(options: ServerOptions): readonly string[] {
  if (!options.has('check') || options.has('port') || options.has('addr')) return [];
  const words: string[] = [];
  const ssl = options.has('ssl') && !options.has('check-ssl') && !options.has('no-check-ssl');
  if (ssl) words.push('check-ssl');
  const proxied = [...options.keys()].some((name) => name.startsWith('send-proxy'));
  if (proxied && !options.has('check-send-proxy')) words.push('check-send-proxy');
  return words;
}

/** What a server is without a word, and which only undoes a `default-server`: no keyword of `add server`. */
const BY_DEFAULT: ReadonlySet<string> = new Set(
  'check-sni-auto no-check-ssl sni-auto ssl-reuse'.split(' '),
);

/** Whether connections or checks of a configured server would send an SNI that nobody has written. */
function isSniAutomatic(options: ServerOptions): boolean {
  if (!options.has('ssl') && !options.has('check-ssl')) return false;
  const isOwn = options.has('sni') || options.has('no-sni-auto');
  const isOfChecks = options.has('check-sni') || options.has('no-check-sni-auto');
  return !isOwn || (options.has('check') && !isOfChecks);
}

/** A configured server's minconn is raised to its maxconn when HAProxy starts; a dynamic one's is not. */
function inheritLimits(options: ServerOptions): readonly string[] {
  const maxconn = options.get('maxconn')?.[0];
  return maxconn === undefined || options.has('minconn') ? [] : ['minconn', maxconn];
}

function checkOption(name: string, values: readonly string[], addition: Addition): void {
  const [file] = values;
  if (FILE_OPTIONS.includes(name) && !addition.loaded.get(name)?.has(file ?? ''))
    needReload(`server ${addition.where}: ${name} names a file that is not loaded yet`);
  for (const value of values)
    if (!PLAIN.test(value))
      needReload(`server ${addition.where}: the value of ${name} cannot be written on the CLI`);
}

/**
 * What follows `add server BACKEND/NAME` for a server that is, with `default-server` expanded, what a fresh start
 * would make of its line.
 *
 * @throws NeedsReload where HAProxy would refuse it, or make something else of it
 */
export function additionWords(addition: Addition, capabilities: Capabilities): readonly string[] {
  const { where, address, options, id } = addition;
  if (options.has('agent-check'))
    needReload(`server ${where}: agent-check sets state and weight on its own`);
  if (options.has('track')) needReload(`server ${where}: track ties it to another server for good`);
  if (options.has('check') && options.has('proto') && !options.has('check-proto'))
    needReload(`server ${where}: its checks would not take over proto`);
  if (!capabilities.givesSni && isSniAutomatic(options))
    needReload(`server ${where}: this HAProxy gives it no SNI when it is added at runtime`);
  const words = [formatAddress(address)];
  for (const [name, values] of [...options].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (BY_DEFAULT.has(name)) continue;
    if (!capabilities.serverOptions.has(name))
      needReload(
        `server ${where}: HAProxy ${capabilities.version.join('.')} takes no ${name} for a server added at runtime`,
      );
    checkOption(name, values, addition);
    words.push(name, ...values);
  }
  words.push(...inheritChecks(options), ...inheritLimits(options));
  if (id !== 0 && !options.has('id')) words.push('id', String(id));
  if (words.length > MAX_WORDS)
    needReload(`server ${where}: its line is longer than a command can be`);
  return words;
}
