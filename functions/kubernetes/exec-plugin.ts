import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Proof } from './credentials.ts';
import { isFields } from '../core/fields.ts';

/** The `exec` entry of a kubeconfig's user: a command that prints credentials (client.authentication.k8s.io). */
export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly installHint?: string;
  /** Told to the command in KUBERNETES_EXEC_INFO, where it wants to know. */
  readonly cluster?: Readonly<Record<string, unknown>>;
}

export interface ExecPluginOptions {
  readonly plugin: ExecPlugin;
  /** The environment that the command runs in, beside what its entry adds. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

interface Printed {
  readonly proof: Proof;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const TIMEOUT_MS = 30_000;
/** Credentials are fetched anew this long before they expire, in milliseconds. */
const MARGIN_MS = 60_000;

const run = promisify(execFile);

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** @throws Error whose message says what is wrong, and nothing of what was printed */
function readCredential({ apiVersion, command }: ExecPlugin, output: string): Printed {
  let printed: unknown;
  try {
    printed = JSON.parse(output);
  } catch {
    throw new Error(`${command} does not print JSON`);
  }
  if (!isFields(printed) || printed.kind !== 'ExecCredential' || printed.apiVersion !== apiVersion)
    throw new Error(`${command} does not print an ExecCredential of ${apiVersion}`);
  const status = isFields(printed.status) ? printed.status : {};
  const [token, cert, key] = [status.token, status.clientCertificateData, status.clientKeyData].map(
    textOf,
  );
  if (token === undefined && (cert === undefined || key === undefined))
    throw new Error(`${command} prints neither a token nor a certificate with its key`);
  const expiry = textOf(status.expirationTimestamp);
  return {
    proof: {
      ...(token === undefined ? {} : { token }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    },
    expiresAt: expiry === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiry),
  };
}

/**
 * A function that gives the credentials that a command prints; it is run again shortly before they expire, and after
 * the server refused them.
 */
export function createExecPlugin(
  options: ExecPluginOptions,
): (isRefused: boolean) => Promise<Proof> {
  const { plugin, environment, now } = options;
  const { command, args, env, apiVersion, cluster, installHint } = plugin;
  let known: Printed | undefined;
  const info = {
    kind: 'ExecCredential',
    apiVersion,
    spec: { interactive: false, ...(cluster ? { cluster } : {}) },
  };
  return async (isRefused) => {
    if (known && !isRefused && now() < known.expiresAt - MARGIN_MS) return known.proof;
    const { stdout } = await run(command, [...args], {
      env: { ...environment, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: TIMEOUT_MS,
    }).catch((error: NodeJS.ErrnoException & { stderr?: string }) => {
      const reason = error.code === 'ENOENT' ? `is not there. ${installHint ?? ''}` : 'failed';
      throw new Error(`the command ${command} ${reason}`.trim());
    });
    known = readCredential(plugin, stdout);
    return known.proof;
  };
}
