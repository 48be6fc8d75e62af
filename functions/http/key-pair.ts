import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Log } from '../wire/log.ts';

export interface KeyPairFiles {
  readonly cert: string;
  readonly key: string;
  /** Of the CA of client certificates. */
  readonly ca?: string;
  /** Of the key of session tickets. */
  readonly ticketKey?: string;
}

/** PEM texts of a TLS server, and what its session tickets are sealed with. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly ticketKeys?: Buffer;
}

/** What Node.js takes: a name, a key of encryption and one of authentication. */
const TICKET_KEY_BYTES = 48;

/** Some file systems tell of no change, so that the files are read again this often too. */
const REREAD_MS = 60_000;
/** Key and certificate are replaced one after the other: a pair is read once this much time passed without a change. */
const QUIET_MS = 100;

/** @throws Error where it is none */
async function readTicketKey(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  if (bytes.byteLength === TICKET_KEY_BYTES) return bytes;
  const text = bytes.toString('latin1').trim();
  const decoded = Buffer.from(text, 'base64');
  const isBase64 = decoded.toString('base64') === text;
  if (isBase64 && decoded.byteLength === TICKET_KEY_BYTES) return decoded;
  throw new Error(
    `${file} is not a key for session tickets: it must be 48 random bytes, or these in base64 (openssl rand -base64 48)`,
  );
}

/**
 * Reads a key pair, and checks that the two fit.
 *
 * @throws Error of the file system or of OpenSSL (`ERR_OSSL_X509_KEY_VALUES_MISMATCH`)
 */
export async function readKeyPair(files: KeyPairFiles): Promise<KeyPair> {
  const [cert, key, ca, ticketKeys] = await Promise.all([
    readFile(files.cert, 'utf8'),
    readFile(files.key, 'utf8'),
    files.ca === undefined ? undefined : readFile(files.ca, 'utf8'),
    files.ticketKey === undefined ? undefined : readTicketKey(files.ticketKey),
  ]);
  const pair: KeyPair = { cert, key, ...(ca && { ca }), ...(ticketKeys && { ticketKeys }) };
  createSecureContext(pair);
  return pair;
}

const fingerprint = (pair: KeyPair) =>
  createHash('sha256').update(JSON.stringify(pair)).digest('hex');

export interface WatchOptions {
  readonly files: KeyPairFiles;
  /** What is in use at the start. */
  readonly current: KeyPair;
  readonly use: (pair: KeyPair) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Hands on each new key pair, until `signal` aborts. One that cannot be used is told loudly, and the one before stays.
 * Folders are watched, not files: Kubernetes replaces a mounted Secret by turning a symlink beside its files.
 */
export function watchKeyPair({ files, current, use, log, signal }: WatchOptions): void {
  let used = fingerprint(current);
  let lastError: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function reread(): Promise<void> {
    try {
      const pair = await readKeyPair(files);
      lastError = undefined;
      const found = fingerprint(pair);
      if (found === used || signal.aborted) return;
      use(pair);
      used = found;
      log.info('loaded a new TLS certificate', { file: files.cert });
    } catch (error) {
      const { message } = error as Error;
      if (message === lastError || signal.aborted) return;
      lastError = message;
      log.error('cannot use the new TLS certificate; keeping the old one', { files, error });
    }
  }

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void reread(), QUIET_MS);
  };
  const { cert, key, ca = cert, ticketKey = cert } = files;
  const folders = new Set([cert, key, ca, ticketKey].map(dirname));
  const watchers: FSWatcher[] = [...folders].map((folder) => watch(folder, soon));
  // A folder that goes away ends its watch: the regular reading goes on.
  for (const watcher of watchers) watcher.on('error', () => watcher.close());
  const regular = setInterval(() => void reread(), REREAD_MS);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    clearInterval(regular);
    for (const watcher of watchers) watcher.close();
  });
}
