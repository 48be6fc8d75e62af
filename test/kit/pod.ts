import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What stands for a pod, as a process of its own: `pod.js NAME ADDRESS PORT`. It answers its name. */
const [name = '', address = '', port = ''] = process.argv.slice(2);

/** As a pod's preStop hook does: proxies that have not heard of its end yet still reach it. */
const STILL_SERVING_MS = 1_000;

const server = createServer((_, response) => response.end(`${name}\n`));
server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
server.listen(Number(port), address, () => process.stdout.write('serving\n'));
process.on('SIGTERM', async () => {
  await delay(STILL_SERVING_MS);
  server.close(() => process.exit(0));
});
