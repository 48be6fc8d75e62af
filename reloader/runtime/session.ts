import { CliError, isOneCommand } from '../haproxy/cli.ts';
import { connectTo } from '../haproxy/connect.ts';
import { wasCut } from '../stop.ts';

/**
 * A conversation with one HAProxy process: many commands over one connection, each with its own answer. Commands may
 * be asked without waiting for the answers before: HAProxy carries them out one after the other, in this order.
 */
export interface Session {
  /**
   * @param command one command, without line breaks and `;`
   * @param payload lines, none of them empty
   * @returns the answer, without blanks at its ends
   * @throws CliError when the connection ends or times out first, an AbortError when there is no more time; then it is
   *   not known what HAProxy has done
   */
  ask(command: string, payload?: string): Promise<string>;
  close(): void;
}

export interface SessionOptions {
  /** Of the master's socket, or of a worker's own. */
  readonly path: string;
  /** For a master's socket: the worker that is meant, `@1` or `@!PID`. */
  readonly target?: string;
  /** For each answer, counted from the one before it. */
  readonly deadlineMs?: number;
  /** Ends the session with an AbortError, also for an answer that is waited for. */
  readonly hurry?: AbortSignal;
}

const DEADLINE_MS = 10_000;
/** The prompt at the start of a line: of a worker, of the master, of the master for a worker, with its modes. */
const PROMPT = /(?:^|\n)(?:master|\d+)?(?:\([a-z]+\))?> /;
/** What stands before the answer of a command with a payload: a `+ ` for each of its lines. */
const CONTINUATION = /^(?:\+ )+/;

interface Waiter {
  resolve(answer: string): void;
  reject(error: Error): void;
}

/** HAProxy 2.6 ends a payload at the first empty line and runs what follows as commands, keys included. */
function format(command: string, payload: string | undefined): string {
  if (!isOneCommand(command))
    throw new CliError(
      'cli-argument',
      'a command holds a line break, a semicolon or a payload mark',
    );
  if (payload === undefined) return `${command}\n`;
  const lines = payload.split('\n');
  if (lines.some((line) => line.trim() === '' || /[\0\r]/.test(line)))
    throw new CliError('cli-argument', 'a payload holds an empty line or a control character');
  return `${command} <<\n${payload}\n\n`;
}

/**
 * Opens a session in HAProxy's interactive mode, which marks the end of each answer.
 * Source: HAProxy management guide, 9.3 "Unix Socket commands", and 9.4 "Master CLI" for targets.
 */
export function openSession(options: SessionOptions): Session {
  const { path, target, deadlineMs = DEADLINE_MS, hurry } = options;
  const waiters: Waiter[] = [];
  /** Of the answer that is coming in: what has no prompt, and the rest. */
  const searched: string[] = [];
  let pending = '';
  let ended: Error | undefined;
  const socket = connectTo(path, hurry);
  socket.setEncoding('utf8');
  const end = (error: Error) => {
    ended ??= error;
    socket.destroy();
    for (const waiter of waiters.splice(0)) waiter.reject(ended);
  };
  socket.setTimeout(deadlineMs, () => {
    if (waiters.length > 0) end(new CliError('cli-timeout', `no answer within ${deadlineMs} ms`));
  });
  socket.on('error', (cause) => {
    const broken = new CliError('cli-unreachable', 'the connection to HAProxy broke', { cause });
    end(wasCut(cause) ? cause : broken);
  });
  socket.on('close', () => end(new CliError('cli-unreachable', 'HAProxy ended the connection')));
  socket.on('data', (part: string) => {
    pending += part;
    for (;;) {
      const match = PROMPT.exec(pending);
      if (match === null) break;
      const answer = [...searched.splice(0), pending.slice(0, match.index)].join('');
      pending = pending.slice(match.index + match[0].length);
      waiters.shift()?.resolve(answer.replace(CONTINUATION, '').trim());
    }
    // A prompt begins with a line: an answer of megabytes, in many parts, is searched once.
    const line = pending.lastIndexOf('\n');
    if (line <= 0) return;
    searched.push(pending.slice(0, line));
    pending = pending.slice(line);
  });
  const send = (text: string) =>
    new Promise<string>((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      waiters.push({ resolve, reject });
      socket.write(text);
    });
  const opened = Promise.all([
    send('prompt\n'),
    ...(target === undefined ? [] : [send(`${target}\n`)]),
  ]);
  // Whoever asks hears of it; a session that nobody asks may end unheard.
  opened.catch(() => undefined);
  return {
    ask: async (command, payload) => send(format(command, payload)),
    close: () => end(new CliError('cli-unreachable', 'the session is closed')),
  };
}
