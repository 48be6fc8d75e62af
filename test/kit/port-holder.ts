import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { TestContext } from 'node:test';

/** Somebody who listens on a port of 127.0.0.1, so that HAProxy cannot. */
export interface PortHolder {
  readonly port: number;
  /** The port is free again. */
  release(): Promise<void>;
}

/** Holds a port, any one unless it is given, until the test ends at the latest: whatever listens keeps its process. */
export async function holdPort(t: TestContext, port = 0): Promise<PortHolder> {
  const server = createServer();
  const release = async () => {
    if (!server.listening) return;
    await new Promise((closed) => void server.close(closed));
  };
  t.after(release);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, release };
}
