import { Agent, request } from 'node:http';
import type { TestContext } from 'node:test';

export interface Load {
  answered(): number;
  /** Of every request that was not answered with 200, why. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly port: number;
  readonly keepAlive: boolean;
  readonly connections?: number;
}

/** Sends requests without a pause over some connections, until stopped. */
export function startLoad(t: TestContext, { port, keepAlive, connections = 4 }: LoadOptions): Load {
  const agent = new Agent({ keepAlive, maxSockets: connections });
  const failures: string[] = [];
  let answered = 0;
  let running = true;
  const once = () =>
    new Promise<void>((done) => {
      const fail = (why: string) => {
        failures.push(`${new Date().toISOString()} ${why}`);
        setTimeout(done, 20);
      };
      const sent = request({ host: '127.0.0.1', port, agent }, (response) => {
        response.resume();
        response.on('error', (error) => fail(error.message));
        response.on('end', () => {
          if (response.statusCode !== 200) return fail(`status ${response.statusCode}`);
          answered += 1;
          done();
        });
      });
      sent.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message)).end();
    });
  const loop = async () => {
    while (running) await once();
  };
  const loops = Promise.all(Array.from({ length: connections }, loop));
  const stop = async () => {
    running = false;
    await loops;
    agent.destroy();
  };
  t.after(stop);
  return { answered: () => answered, failures, stop };
}
