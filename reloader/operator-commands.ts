import type { Socket } from 'node:net';
import type { Log } from '../functions/wire/log.ts';
import type { Auditor } from './auditor.ts';
import { type Hold, pathOf, wordsOf } from './holds/hold.ts';
import type { Status } from './status.ts';

/** What an operator is told. */
export interface Reply {
  readonly done: boolean;
  readonly lines: readonly string[];
}

export interface OperatorCommandsOptions {
  readonly status: Status;
  readonly auditor: Auditor;
  readonly log: Log;
}

const MAX_REQUEST = 65_536;
const DEADLINE_MS = 5_000;

const lineOf = (hold: Hold) =>
  [
    pathOf(hold),
    wordsOf(hold),
    `since ${hold.since}`,
    ...(hold.away === undefined ? [] : [`in no release since ${hold.away}`]),
  ].join('  ');

/** Answers the commands `held` and `release` of other processes of this machine: one line in, one of JSON out. */
export function createOperatorCommands({
  status,
  auditor,
  log,
}: OperatorCommandsOptions): (socket: Socket) => void {
  const release = async (asked: readonly string[]): Promise<Reply> => {
    // Whoever set one a moment ago gives it back before the next audit has seen it.
    await auditor.audit();
    const held = status.held.map(pathOf);
    const paths = asked[0] === 'all' ? held : asked;
    const unknown = paths.filter((path) => !held.includes(path));
    if (unknown.length > 0)
      return { done: false, lines: unknown.map((path) => `${path} is not held`) };
    await auditor.release(paths);
    return { done: true, lines: paths.map((path) => `${path} released`) };
  };

  const reply = async (request: string): Promise<Reply> => {
    const [command, ...words] = request.split(' ');
    if (command === 'release') return release(words);
    if (command !== 'held') return { done: false, lines: ['there is no such command'] };
    await auditor.audit();
    return { done: true, lines: status.held.map(lineOf) };
  };

  const answer = async (socket: Socket, request: string) => {
    try {
      socket.end(`${JSON.stringify(await reply(request))}\n`);
    } catch (error) {
      log.warn('operator command failed', { code: 'command-failed', error });
      const lines = [(error as Error).message];
      socket.end(`${JSON.stringify({ done: false, lines } satisfies Reply)}\n`);
    }
  };

  return (socket) => {
    let text = '';
    const leave = () => void socket.destroy();
    // Before it has asked.
    socket.once('end', leave);
    socket.setTimeout(DEADLINE_MS, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end === -1 && text.length < MAX_REQUEST) return;
      socket.removeAllListeners('data').off('end', leave);
      // A reload that is under way comes first.
      socket.setTimeout(0);
      void answer(socket, text.slice(0, Math.max(end, 0)));
    });
  };
}
