import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';

/** A running service, and how one proves to it who one is. */
export interface AskedService {
  /** `https://renderer.lb.svc`. */
  readonly url: string;
  /** A file whose first line proves who asks. */
  readonly tokenFile: string | undefined;
  /** A file of the authority that the service's certificate is checked by; else those that Node.js trusts. */
  readonly caFile: string | undefined;
}

export interface Question {
  /** With its query. */
  readonly path: string;
  readonly accept?: string;
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 10_000;

/** A service that does not tell what it is asked. Codes: `status-unknown`, or that of the service's own problem. */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly code: string;
  readonly hint: string;
  constructor(
    message: string,
    { code = 'status-unknown', hint, cause }: { code?: string; hint: string; cause?: unknown },
  ) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}

/** What the service itself says of a request that it does not answer. */
function problemOf(body: string): AskError | undefined {
  try {
    const { code, detail, hint } = JSON.parse(body) as Record<string, unknown>;
    if (typeof detail !== 'string' || typeof code !== 'string') return undefined;
    return new AskError(detail, { code, hint: typeof hint === 'string' ? hint : '' });
  } catch {
    return undefined;
  }
}

const ABOUT_THE_ASKER = new Set([401, 403]);

/**
 * Asks a running service.
 *
 * @returns the body of its answer
 * @throws AskError
 */
export async function askService(
  { url, tokenFile, caFile }: AskedService,
  { path, accept = 'application/json', deadlineMs = DEADLINE_MS }: Question,
): Promise<string> {
  const token = tokenFile && (await readFile(tokenFile, 'utf8')).split('\n')[0]?.trim();
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
  try {
    const { statusCode, body } = await request(new URL(path, url), {
      dispatcher,
      headers: { accept, ...(token && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(deadlineMs),
    });
    const text = await body.text();
    if (statusCode === 200) return text;
    const problem = ABOUT_THE_ASKER.has(statusCode) ? undefined : problemOf(text);
    if (problem) throw problem;
    const hint = 'Who may ask is in docs/kubernetes.md; --token-file names a file with a token.';
    const shown = path.replace(/\?.*$/s, '');
    throw new AskError(`${url}${shown} answers ${statusCode}: ${text.slice(0, 500)}`, { hint });
  } catch (cause) {
    if (cause instanceof AskError) throw cause;
    const hint = 'Give the URL of the service; --ca-file names the authority of its certificate.';
    throw new AskError(`${url} does not answer: ${(cause as Error).message}`, { hint, cause });
  } finally {
    await dispatcher.close();
  }
}
