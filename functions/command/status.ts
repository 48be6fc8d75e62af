import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { findTroubles, formatPage } from './status/page.ts';
import { readTold } from './status/told.ts';

export interface StatusCommand {
  /** Of the service: `https://renderer.lb.svc`. */
  readonly url: string;
  /** A file whose first line proves who asks. */
  readonly tokenFile: string | undefined;
  /** A file of the authority that the service's certificate is checked by; else those that Node.js trusts. */
  readonly caFile: string | undefined;
  readonly output: 'table' | 'json';
  readonly stdout: (text: string) => void;
  readonly now?: () => number;
}

const DEADLINE_MS = 10_000;

/** A service that does not tell how it is; `hint` is what to do. */
class StatusError extends Error {
  readonly code = 'status-unknown';
  readonly hint: string;
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

async function ask({ url, tokenFile, caFile }: StatusCommand): Promise<string> {
  const token = tokenFile && (await readFile(tokenFile, 'utf8')).split('\n')[0]?.trim();
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
  try {
    const { statusCode, body } = await request(new URL('/status', url), {
      dispatcher,
      headers: {
        accept: 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const text = await body.text();
    if (statusCode === 200) return text;
    const hint = 'Who may ask is in docs/kubernetes.md; --token-file names a file with a token.';
    throw new StatusError(`${url}/status answers ${statusCode}: ${text.slice(0, 500)}`, hint);
  } catch (cause) {
    if (cause instanceof StatusError) throw cause;
    const hint = 'Give the URL of the service; --ca-file names the authority of its certificate.';
    throw new StatusError(`${url} does not answer: ${(cause as Error).message}`, hint, { cause });
  } finally {
    await dispatcher.close();
  }
}

/**
 * `kubernetes-haproxy status URL`: how a service and its proxies are.
 *
 * @returns the exit code: 0 where everything is well, 1 where it is not
 * @throws StatusError
 */
export async function statusCommand(command: StatusCommand): Promise<0 | 1> {
  const { output, stdout, now = Date.now } = command;
  const body = await ask(command);
  const told = readTold(body);
  stdout(output === 'json' ? body : formatPage(told, now()));
  return findTroubles(told).length === 0 ? 0 : 1;
}
