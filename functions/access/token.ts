import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Authenticator, readBearer, type Verdict } from './authenticator.ts';

export interface TokenFileOptions {
  readonly path: string;
  readonly now?: () => number;
}

/** A file of tokens that cannot be used; `message` names the file and never what it holds. */
export class TokenFileError extends Error {
  readonly code = 'token-file';
  readonly hint =
    'Give a file with one token a line, at least 16 characters each; "#" starts a comment.';
}

/** How long, in milliseconds, a token that was taken out of the file may still be let in. */
const REREAD_MS = 1000;
const LEAST_LENGTH = 16;
/** How long, in milliseconds, a request may be held before its token is looked up again: the file may have changed. */
const HELD_MS = 60_000;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

async function readTokens(path: string): Promise<readonly Buffer[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new TokenFileError(`the token file ${path} cannot be read`, { cause });
  }
  const tokens = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (tokens.length === 0) throw new TokenFileError(`the token file ${path} holds no token`);
  if (tokens.some((token) => token.length < LEAST_LENGTH))
    throw new TokenFileError(
      `the token file ${path} holds a token of fewer than ${LEAST_LENGTH} characters`,
    );
  return tokens.map(digest);
}

/** Compares with every token, whatever the outcome, so that the time taken tells nothing of which came near. */
function isAmong(tokens: readonly Buffer[], token: string): boolean {
  const given = digest(token);
  return tokens.map((known) => timingSafeEqual(known, given)).includes(true);
}

const MISSING: Verdict = {
  kind: 'refused',
  status: 401,
  code: 'token-missing',
  message: 'the request carries no bearer token',
  hint: 'Send "Authorization: Bearer TOKEN" with a token of the service\'s token file.',
};
const WRONG: Verdict = {
  kind: 'refused',
  status: 401,
  code: 'token-wrong',
  message: 'the bearer token is not one of this service',
  hint: 'Compare it with the token file that the service was started with; both sides read theirs again by themselves.',
};

/**
 * Lets in whoever knows a token of a file: for use outside of clusters. The file is read again as it changes (one
 * second late at most), so that tokens are rotated by listing the old and the new one for a while. A file that
 * becomes unreadable lets nobody in.
 *
 * @throws TokenFileError where the file cannot be used at the start
 */
export async function tokenHolders(options: TokenFileOptions): Promise<Authenticator> {
  const { path, now = Date.now } = options;
  let tokens = readTokens(path);
  let readAt = now();
  await tokens;
  return {
    describes: `whoever holds a token of ${path}`,
    async admit({ authorization }) {
      if (now() - readAt >= REREAD_MS) {
        readAt = now();
        tokens = readTokens(path);
        tokens.catch(() => undefined);
      }
      const token = readBearer(authorization);
      if (token === undefined) return MISSING;
      try {
        if (!isAmong(await tokens, token)) return WRONG;
        return { kind: 'allowed', name: 'token holder', until: now() + HELD_MS };
      } catch (error) {
        return { kind: 'unavailable', retryAfter: 5, reason: (error as Error).message };
      }
    },
  };
}
