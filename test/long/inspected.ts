import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { WebSocket } from 'undici';
import { until } from '../kit/until.ts';

/** A process of Node.js whose heap can be weighed from outside. */
export interface Inspected {
  readonly pid: number;
  output(): string;
  /** Bytes that are in use after everything that can be collected was. */
  heapUsed(): Promise<number>;
}

/** One question in the inspector's protocol (Chrome DevTools Protocol). */
async function ask(socket: WebSocket, method: string, params: object = {}): Promise<unknown> {
  const id = Math.floor(Math.random() * 2 ** 30);
  const answered = new Promise<unknown>((resolve) => {
    const read = ({ data }: { data: unknown }): void => {
      const message = JSON.parse(String(data));
      if (message.id !== id) return;
      socket.removeEventListener('message', read);
      resolve(message.result);
    };
    socket.addEventListener('message', read);
  });
  socket.send(JSON.stringify({ id, method, params }));
  return await answered;
}

/** Starts a program of ours, with an inspector on a port of its own; it ends with the test. */
export async function startInspected(
  t: TestContext,
  { args, env }: { args: readonly string[]; env: Readonly<Record<string, string>> },
): Promise<Inspected> {
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const url = await until('the inspector listens', () => /(ws:\S+)/.exec(output)?.[1]);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    async heapUsed() {
      const socket = new WebSocket(url);
      await new Promise((resolve) => socket.addEventListener('open', resolve));
      for (let i = 0; i < 3; i++) await ask(socket, 'HeapProfiler.collectGarbage');
      const usage = (await ask(socket, 'Runtime.getHeapUsage')) as { usedSize: number };
      socket.close();
      return usage.usedSize;
    },
  };
}
