import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { freePort } from '../../kit/port.ts';
import { until } from '../../kit/until.ts';

export interface EchoOptions {
  readonly program: string;
  /** Where the pod is to be found: an address that leads to the loopback. */
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a pod of the suite's backends runs: its own program, at the pod's own address. */
export interface Echo {
  stop(): Promise<void>;
}

/** The ports of the program's containers, and what it calls them. */
const PORTS = { HTTP_PORT: 3000, H2C_PORT: 3001 } as const;

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/** The program listens at all addresses: a port of its own is led to by that of the pod. */
async function lead(address: string, from: number, to: number): Promise<Server> {
  const server = createServer((client) => {
    const onward = connect(to, '127.0.0.1');
    client.pipe(onward).pipe(client);
    for (const socket of [client, onward]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        onward.destroy();
      });
    }
  });
  server.listen(from, address);
  await once(server, 'listening');
  return server;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Starts one, and waits until it answers. */
export async function startEcho({ program, address, env }: EchoOptions): Promise<Echo> {
  const names = Object.keys(PORTS) as (keyof typeof PORTS)[];
  const own = new Map<keyof typeof PORTS, number>();
  for (const name of names) own.set(name, await freePort());
  const ports = Object.fromEntries([...own].map(([name, port]) => [name, String(port)]));
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program], {
    env: { ...env, ...ports },
    stdio: 'ignore',
  });
  const servers: Server[] = [];
  for (const [name, port] of own) {
    await until(`${env.POD_NAME} answers`, () => answers(port));
    servers.push(await lead(address, PORTS[name], port));
  }
  return {
    async stop() {
      for (const server of servers) server.close();
      await end(child);
    },
  };
}
