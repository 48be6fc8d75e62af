import type { Held } from '../holds/hold.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';

/**
 * Sets what is given of a server's state and weight.
 *
 * @throws Surprise where HAProxy refuses
 */
export async function setHeld(session: Session, path: string, held: Held): Promise<void> {
  const { state, weight } = held;
  const settings = [
    ...(weight === undefined ? [] : [`weight ${weight}`]),
    ...(state === undefined ? [] : [`state ${state}`]),
  ];
  const commands = settings.map((setting) => `set server ${path} ${setting}`);
  const answers = await Promise.all(commands.map((command) => session.ask(command)));
  answers.forEach((answer, i) => {
    if (answer !== '') surprise(commands[i] as string, answer);
  });
}

/** Which process answers, so that it is known again: its id and when it started. */
export async function readProcess(session: Session): Promise<string> {
  const info = await session.ask('show info');
  const [, pid] = /^Pid: (\d+)$/m.exec(info) ?? [];
  const [, start] = /^Start_time_sec: (\d+)$/m.exec(info) ?? [];
  if (pid === undefined) surprise('show info', info);
  return `${pid}@${start ?? ''}`;
}
