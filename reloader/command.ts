import { connect } from 'node:net';
import type { Reply } from './operator-commands.ts';
import { reloaderSocket } from './disk/state-folder.ts';

function ask(path: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(path);
    socket.on('error', reject);
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    socket.on('close', () => resolve(text));
    socket.write(`${request}\n`);
  });
}

/**
 * Asks the reloader that keeps a state folder, and prints what it says.
 *
 * @param words the command: `held`, or `release` and servers
 * @returns the exit code
 */
export async function command(stateDir: string, words: readonly string[]): Promise<number> {
  const text = await ask(reloaderSocket(stateDir), words.join(' ')).catch(() => '');
  if (text === '') {
    process.stderr.write(`haproxy-reloader: no reloader keeps ${stateDir}\n`);
    return 1;
  }
  const { done, lines } = JSON.parse(text) as Reply;
  const out = done ? process.stdout : process.stderr;
  for (const line of lines) out.write(`${line}\n`);
  return done ? 0 : 1;
}
