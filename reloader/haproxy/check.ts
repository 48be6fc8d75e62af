import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type Alert, parseAlerts } from '../../functions/wire/alerts.ts';
import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { checkLightly, LIGHT_CHECK_PATH } from '../../functions/wire/light-check.ts';
import { NO_LISTENER } from '../../functions/wire/no-listener.ts';
import type { Release } from '../disk/release.ts';
import type { Releases } from '../disk/releases.ts';
import type { Reason } from '../refusal.ts';

export type Checked =
  | { readonly kind: 'fine'; readonly warnings: readonly Alert[] }
  | ({ readonly kind: 'refused' } & Reason)
  /** There is no such binary here. */
  | { readonly kind: 'unchecked' };

export interface CheckOptions {
  /** The binary, of the version that HAProxy runs. */
  readonly haproxy: string;
  readonly releases: Releases;
  readonly env: Readonly<{ [variable: string]: string | undefined }>;
  /** A check costs as much as a start: 10,000 servers take a third of a second, 1,000 certificates a second. */
  readonly deadlineMs?: number;
  /** Ends the check with an AbortError. */
  readonly hurry?: AbortSignal;
}

interface Ended {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly output: string;
}

const MAX_OUTPUT = 1024 * 1024;
/** HAProxy's own working directory here, so that a relative path means the same in the check. */
export const WORKING_DIRECTORY = '/';

function run(command: string, args: readonly string[], options: CheckOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(command, args, {
      cwd: WORKING_DIRECTORY,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.deadlineMs ?? 60_000,
      killSignal: 'SIGKILL',
      signal: options.hurry,
    });
    const collect = (part: Buffer) => {
      if (output.length < MAX_OUTPUT) output += part.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code: code ?? undefined, signal: signal ?? undefined, output }),
    );
  });
}

/** Exit codes of `haproxy -c`: 1 is an error. */
function judge({ code, signal, output }: Ended, folder: string): Checked {
  const errors = parseAlerts(output, folder);
  if (code === 0) return { kind: 'fine', warnings: parseAlerts(output, folder, 'WARNING') };
  if (code === NO_LISTENER.exitCode)
    return { kind: 'refused', code: 'no-listener', reason: NO_LISTENER.reason, errors };
  if (signal === 'SIGKILL')
    return {
      kind: 'refused',
      code: 'check-timeout',
      reason: 'haproxy -c did not end in time',
      errors,
    };
  const how = signal === undefined ? `exit code ${code}` : `killed by ${signal}`;
  return {
    kind: 'refused',
    code: 'check-failed',
    reason: `haproxy -c refuses it (${how})`,
    errors,
  };
}

/**
 * Asks the HAProxy binary about a release before anything is swapped.
 *
 * The configuration names its own files through `current`, which still leads to the old release: asked about the
 * release where it lies, HAProxy would read the old certificates. So it is asked about a copy, laid out under
 * `staging/`, in which every path through `current` leads to `staging` instead, crt-lists and Lua included.
 */
export async function check(release: Release, options: CheckOptions): Promise<Checked> {
  const config = await options.releases.layOut(release);
  const folder = dirname(config);
  try {
    const ended = await checkLightly({
      config,
      text: release.files.find(({ path }) => path === CONFIG_PATH)?.content ?? '',
      beside: join(folder, LIGHT_CHECK_PATH),
      run: (args) => run(options.haproxy, args, options),
    });
    return judge(ended, folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'unchecked' };
    throw error;
  }
}
