import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Addresses for pods: those of the loopback may not be in EndpointSlices. */
export const POD_NETWORK = '10.244.0';

/** All of it leads to the loopback, and no further. */
const SET_UP = `ip link set lo up && ip route add local ${POD_NETWORK}.0/24 dev lo && exec setpriv --pdeathsig KILL "$@"`;
const HINT =
  'These tests run in a network of their own, by unshare (util-linux) and ip (iproute2): install them, and allow user namespaces.';

/** In a network of their own, which has nothing but a loopback: there anybody may listen at port 80. */
export const isOwn = (): boolean => process.env.OWN_NETWORK === 'yes';

/** Runs a program of Node.js there; gives what it says, where it fails. */
export async function runInOwnNetwork(file: string): Promise<string | undefined> {
  const shell = ['sh', '-c', SET_UP, 'sh', process.execPath, '--test-force-exit', file];
  const child = spawn('unshare', ['--map-root-user', '--net', ...shell], {
    env: { ...process.env, OWN_NETWORK: 'yes', NODE_TEST_CONTEXT: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  child.on('error', (error) => {
    output += error.message;
  });
  const [code] = await once(child, 'close');
  return code === 0 ? undefined : `${output}\n${HINT}`;
}
