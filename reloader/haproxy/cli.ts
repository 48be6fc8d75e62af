import { StringDecoder } from 'node:string_decoder';
import { wasCut } from '../stop.ts';
import { connectTo } from './connect.ts';

/** A command that was not sent or has no whole answer. Codes: `cli-argument`, `cli-unreachable`, `cli-timeout`, `cli-size`. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Commands to a HAProxy over its unix socket, master or stats, one connection a call. */
export interface Cli {
  /**
   * @param command one command without `;` or line breaks
   * @param payload what follows `<<`: lines, none of them empty, since an empty line ends it
   * @returns the answer as it came
   * @throws CliError; an AbortError where there is no more time
   */
  ask(command: string, payload?: string): Promise<string>;
  /** Several commands in one line, joined by `;`. HAProxy 3.2 runs none of a line longer than its bufsize (16384). */
  askAll(commands: readonly string[]): Promise<string>;
}

export interface CliOptions {
  readonly path: string;
  /** For a master socket: whom each command is for, `@1` (the newest worker) or `@!PID`. */
  readonly target?: string;
  /** For the whole answer. */
  readonly deadlineMs?: number;
  readonly maxBytes?: number;
  /** Ends a call under way, and every later one, with an AbortError. */
  readonly hurry?: AbortSignal;
}

const DEADLINE_MS = 5_000;
const MAX_BYTES = 64 * 1024 * 1024;
const CONTROL = /\p{Cc}/u;

/**
 * One word of a command. The CLI knows no quotes, only backslashes (management guide, 9.3), before a blank, a
 * semicolon, which would end the command, and the mark of a payload.
 */
export function cliWord(text: string): string {
  if (text === '' || CONTROL.test(text))
    throw new CliError('cli-argument', `${JSON.stringify(text)} cannot be a word of a command`);
  return text.replaceAll(/[\\ ;<]/g, '\\$&');
}

/** Whether a line is one command, without a payload. */
export function isOneCommand(line: string): boolean {
  const bare = line.replaceAll(/\\./g, '');
  return !CONTROL.test(line) && !/[;\\]|<</.test(bare);
}

function checkCommand(command: string): string {
  if (!isOneCommand(command))
    throw new CliError(
      'cli-argument',
      'a command holds a line break, a semicolon or a payload mark',
    );
  return command;
}

/** HAProxy 2.6 ends a payload at the first empty line and runs what follows as commands, keys included. */
function checkPayload(payload: string): string {
  const lines = payload.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0 || lines.some((line) => line.trim() === '' || line.includes('\0')))
    throw new CliError('cli-argument', 'a payload is empty or holds an empty line');
  return lines.join('\n');
}

interface Exchange {
  readonly path: string;
  readonly text: string;
  readonly deadlineMs: number;
  readonly maxBytes: number;
  readonly hurry: AbortSignal | undefined;
}

function exchange({ path, text, deadlineMs, maxBytes, hurry }: Exchange): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    let answer = '';
    let size = 0;
    const take = (bytes: Uint8Array) => {
      size += bytes.length;
      if (size > maxBytes)
        fail('cli-size', `an answer on ${path} is longer than ${maxBytes} bytes`);
      else answer += decoder.write(bytes);
    };
    const socket = connectTo(path, hurry, take);
    const end = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const fail = (code: string, message: string, cause?: Error) =>
      end(new CliError(code, message, { cause }));
    const timer = setTimeout(
      () => fail('cli-timeout', `HAProxy did not answer on ${path} within ${deadlineMs} ms`),
      deadlineMs,
    );
    socket.on('error', (cause) => {
      if (wasCut(cause)) end(cause);
      else fail('cli-unreachable', `no HAProxy answers on ${path}`, cause);
    });
    socket.on('end', () => {
      clearTimeout(timer);
      resolve(answer + decoder.end());
    });
    // The half-close is the end of the session: the master of 2.6 keeps the connection open without it.
    socket.end(text);
  });
}

/** A CLI client. It connects anew for each call: HAProxy serves 10 connections (2.6) and a reload closes them all. */
export function createCli(options: CliOptions): Cli {
  const { path, target, deadlineMs = DEADLINE_MS, maxBytes = MAX_BYTES, hurry } = options;
  // The master of 2.6 forgets the target at a semicolon.
  const addressed = (command: string) =>
    target === undefined ? checkCommand(command) : `${target} ${checkCommand(command)}`;
  const send = (text: string) => exchange({ path, text, deadlineMs, maxBytes, hurry });
  return {
    ask: async (command, payload) =>
      send(
        payload === undefined
          ? `${addressed(command)}\n`
          : `${addressed(command)} <<\n${checkPayload(payload)}\n\n`,
      ),
    askAll: async (commands) => send(`${commands.map(addressed).join(';')}\n`),
  };
}
