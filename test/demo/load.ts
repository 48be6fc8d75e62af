import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What became of the requests so far. `lost`: without an answer, or with another than 200. */
export interface Tally {
  readonly sent: number;
  readonly lost: number;
  /** Why the first ones were lost. */
  readonly reasons: readonly string[];
}

export interface Load {
  tally(): Tally;
  /** Waits for the answers under way. */
  stop(): Promise<Tally>;
}

export interface LoadOptions {
  readonly port: number;
  readonly host: string;
  /** Clients that keep their connection. */
  readonly keeping: number;
  /** Clients that connect anew for each request. */
  readonly connecting: number;
  /** What each client asks for, one after the other; / unless given. */
  readonly paths?: readonly string[];
  /** How long a client waits before it asks again, in milliseconds; it does not unless given. */
  readonly pauseMs?: number;
}

const SHOWN_REASONS = 5;

/** One request; gives why it was lost, or the empty string. */
function ask({ port, host }: LoadOptions, agent: Agent, path: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port, path, agent, headers: { Host: host } },
      (response) => {
        response.on('error', (error) => resolve(error.message));
        response.on('end', () =>
          resolve(response.statusCode === 200 ? '' : `status ${response.statusCode}`),
        );
        response.resume();
      },
    );
    sent.on('error', (error) => resolve(error.message)).end();
  });
}

/** Clients that ask, each as soon as it has its answer, or a moment later. */
export function startLoad(options: LoadOptions): Load {
  let [sent, lost, isEnding] = [0, 0, false];
  const reasons: string[] = [];
  const { paths = ['/'], pauseMs = 0 } = options;
  const client = async (keepAlive: boolean) => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    for (let i = 0; !isEnding; i += 1) {
      if (pauseMs > 0) await delay(pauseMs);
      sent += 1;
      const reason = await ask(options, agent, paths[i % paths.length] ?? '/');
      if (reason === '') continue;
      lost += 1;
      if (reasons.length < SHOWN_REASONS) reasons.push(reason);
    }
    agent.destroy();
  };
  const clients = [
    ...Array.from({ length: options.keeping }, () => client(true)),
    ...Array.from({ length: options.connecting }, () => client(false)),
  ];
  const tally = () => ({ sent, lost, reasons });
  return {
    tally,
    async stop() {
      isEnding = true;
      await Promise.all(clients);
      return tally();
    },
  };
}
