import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from './until.ts';

const dist = join(import.meta.dirname, '..', '..');

/** The product's two commands, as the package has them, and what stands for a pod. */
export const PROGRAMS = {
  service: join(dist, 'functions', 'kubernetes-haproxy.js'),
  reloader: join(dist, 'reloader', 'haproxy-reloader.js'),
  pod: join(dist, 'test', 'kit', 'pod.js'),
} as const;

export interface Started {
  readonly pid: number;
  /** What it has printed so far, on either stream. */
  output(): string;
  /** Waits until it prints something of this form; gives the first group. */
  prints(form: RegExp): Promise<string>;
  end(): Promise<void>;
}

/** Processes that end together. */
export interface Processes {
  start(
    program: keyof typeof PROGRAMS,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Started;
  /** The last of what each has printed, for the report of a failure. */
  lastWords(): string;
  /** Ends them all, the last one first. */
  endAll(): Promise<void>;
}

/** Long enough for HAProxy to drain. */
const PATIENCE_MS = 15_000;
const LAST_WORDS = 2_000;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const hurry = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await ended;
  clearTimeout(hurry);
}

export function createProcesses(): Processes {
  const children: ChildProcess[] = [];
  const all: { readonly name: string; readonly output: () => string }[] = [];
  return {
    lastWords: () =>
      all.map(({ name, output }) => `${name}:\n${output().slice(-LAST_WORDS)}`).join('\n'),
    start(program, args, env = {}) {
      const child = spawn(process.execPath, [PROGRAMS[program], ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, STATISTICS_PASSWORD: 'example', ...env },
      });
      children.push(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      all.push({ name: program, output: () => output });
      return {
        pid: child.pid ?? 0,
        output: () => output,
        prints: (form) =>
          until(`${program} prints ${form}`, () => {
            if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`);
            return form.exec(output)?.[1];
          }),
        end: () => end(child),
      };
    },
    async endAll() {
      for (const child of children.reverse()) await end(child);
    },
  };
}
