import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../../kit/until.ts';

/** A process of a benchmark that is told what to do by messages. */
export interface Child<Message, Reply> {
  readonly pid: number;
  send(message: Message): void;
  /** The next message from it. */
  reply(): Promise<Reply>;
  /** What it has printed. */
  output(): string;
  /** Waits until it prints something of this form; gives the first group. */
  prints(form: RegExp): Promise<string>;
  end(): Promise<void>;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Starts a module as a process. */
export function startChild<Message extends object, Reply>(
  module: string,
  args: readonly string[],
): Child<Message, Reply> {
  const child = fork(module, args, {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return {
    pid: child.pid ?? 0,
    send: (message) => void child.send(message),
    output: () => output,
    reply: async () => (await once(child, 'message'))[0] as Reply,
    prints: (form) =>
      until(`${module} prints ${form}`, () => {
        if (child.exitCode !== null) throw new Error(`${module} ended: ${output}`);
        return form.exec(output)?.[1];
      }),
    end: () => end(child),
  };
}
