import { type AskedService, askService } from './ask.ts';

export interface ExplainCommand extends AskedService {
  readonly file: string | undefined;
  /** One line, or several: `40-60`. */
  readonly line: string | undefined;
  readonly revision: string | undefined;
  readonly output: 'table' | 'json';
  readonly stdout: (text: string) => void;
}

/** A renderer may have to be started, and be told of all pods. */
const DEADLINE_MS = 30_000;

export interface ExplainQuery {
  readonly file?: string | undefined;
  readonly line?: string | undefined;
  readonly revision?: string | undefined;
  readonly format: 'text' | 'json';
}

/** Asks a service where lines come from; parameters of its URL choose the variant. */
export function askExplain(service: AskedService, query: ExplainQuery): Promise<string> {
  const { searchParams } = new URL(service.url);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) searchParams.set(name, value);
  return askService(service, { path: `/explain?${searchParams}`, deadlineMs: DEADLINE_MS });
}

/**
 * `kubernetes-haproxy explain URL`: where lines of what a service delivers come from.
 *
 * @returns the exit code
 * @throws AskError
 */
export async function explainCommand(command: ExplainCommand): Promise<0> {
  const { file, line, revision, output, stdout } = command;
  const format = output === 'json' ? 'json' : 'text';
  stdout(await askExplain(command, { file, line, revision, format }));
  return 0;
}
