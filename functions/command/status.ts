import { type AskedService, askService } from './ask.ts';
import { formatPage, troublesOf } from './status/page.ts';
import { readStatusAnswer } from './status/answer.ts';

export interface StatusCommand extends AskedService {
  readonly output: 'table' | 'json';
  readonly stdout: (text: string) => void;
  readonly now?: () => number;
}

/**
 * `kubernetes-haproxy status URL`: how a service and its proxies are.
 *
 * @returns the exit code: 0 where everything is well, 1 where it is not
 * @throws AskError
 */
export async function statusCommand(command: StatusCommand): Promise<0 | 1> {
  const { output, stdout, now = Date.now } = command;
  const body = await askService(command, { path: '/status' });
  const told = readStatusAnswer(body);
  stdout(output === 'json' ? body : formatPage(told, now()));
  return troublesOf(told).length === 0 ? 0 : 1;
}
