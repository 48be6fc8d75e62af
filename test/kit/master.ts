import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { folder } from './folder.ts';

const processes = (worker: number) => `#<PID> <type> <reloads> <uptime> <version>
7883 master 0 [failed: 0] 0d00h10m38s 3.0.11
# workers
${worker} worker 0 0d00h00m01s 3.0.11
`;

/** What a master says that has one worker, which tells the hash. */
export function answer(command: string, worker = 12757, hash?: string): string {
  if (command.startsWith('show proc')) return processes(worker);
  if (command === 'reload') return 'Success=1\n--\n';
  const isAsked = command === '@1 get var proc.cfg_hash' && hash !== undefined;
  return isAsked ? `proc.cfg_hash: type=str value=<${hash}>\n` : '\n';
}

/** A double of a master on its socket, for what a real one does seldom. Where `answers` tells nothing, it hangs. */
export async function startMaster(
  t: TestContext,
  answers: (command: string) => string | undefined,
) {
  const path = join(await folder(), 'master.sock');
  const asked: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    t.after(() => socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      // A session, which goes on: in it, it hangs.
      if (text === part && text.startsWith('prompt')) asked.push('prompt');
    });
    socket.on('error', () => undefined);
    socket.on('end', () => {
      const told: string[] = [];
      for (const command of text.trim().split(';')) {
        asked.push(command);
        const answered = answers(command);
        if (answered === undefined) return;
        told.push(answered);
      }
      socket.end(told.join(''));
    });
  });
  await new Promise<void>((done) => void server.listen(path, done));
  t.after(() => server.close());
  return { path, asked };
}
