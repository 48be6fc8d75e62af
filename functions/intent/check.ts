import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Alert, parseAlerts } from '../wire/alerts.ts';
import { type Bundle, bytesOf, CONFIG_PATH } from '../wire/bundle.ts';
import { checkLightly, LIGHT_CHECK, LIGHT_CHECK_PATH } from '../wire/light-check.ts';
import { NO_LISTENER } from '../wire/no-listener.ts';
import { type Environment, unsetVariables } from './environment.ts';

export type Checked =
  | { readonly kind: 'fine' }
  | {
      readonly kind: 'refused';
      readonly binary: string;
      readonly alerts: readonly Alert[];
      /** Variables that the refused lines read, and that the check does not have; proxies may. */
      readonly unset: readonly string[];
    }
  /** Nobody can tell here: there is no such binary, no disk, or it is about files that only a proxy has. */
  | { readonly kind: 'unjudged'; readonly binary: string; readonly reason: string };

export interface CheckOptions {
  /** Binaries of HAProxy, one of each version that the fleet runs. */
  readonly binaries: readonly string[];
  /** Where the private folder is made: in memory, where that can be had, since private keys lie in it. */
  readonly within: string;
  /** What HAProxy has as its environment, and where binaries are looked for (PATH). */
  readonly env: Environment;
  readonly deadlineMs: number;
  /** Memory of one check, in MiB. */
  readonly memoryMb: number;
}

/** Lets HAProxy judge bundles, one at a time. */
export interface Checker {
  /** Where a bundle must say that its files are. */
  readonly sslDir: string;
  readonly filesDir: string;
  /** @param env what HAProxy has as its environment, if not that of the checker; PATH is always that of the checker */
  check(bundle: Bundle, env?: Environment): Promise<Checked>;
  /** How many times HAProxy has been asked. */
  count(): number;
  close(): void;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

const MAX_OUTPUT = 256 * 1024;
/** The shell sets the limit on itself and becomes HAProxy, which yields to all that serves. */
const LIMITED = 'ulimit -v "$1" && shift && exec nice -n 10 "$@"';
const KIB_PER_MIB = 1024;
/** What an alert says where something is missing of this machine, rather than wrong in the configuration. */
const SURROUNDINGS =
  /no such file|failed to (?:open|stat|load)|cannot (?:open|find)|unable to (?:open|stat|load|find)|could not (?:open|resolve)|can't (?:open|resolve)|permission denied/i;

function run(
  options: CheckOptions,
  { binary, args, env }: { binary: string; args: readonly string[]; env: Environment },
): Promise<Ended> {
  const limit = `${options.memoryMb * KIB_PER_MIB}`;
  const words = ['-c', LIMITED, 'sh', limit, binary, ...args];
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn('/bin/sh', words, {
      cwd: '/',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.deadlineMs,
      killSignal: 'SIGKILL',
    });
    const collect = (part: Buffer) => {
      if (output.length < MAX_OUTPUT) output += part.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
}

/** Whether an alert is about something outside of the bundle, which the proxy's machine may well have. */
function isElsewhere({ message }: Alert, bundle: Bundle): boolean {
  if (!SURROUNDINGS.test(message)) return false;
  const isOfBundle =
    /\b(?:ssl|files)\//.test(message) || bundle.files.some(({ path }) => message.includes(path));
  return !isOfBundle;
}

/** Exit codes of `haproxy -c`: 1 is an error; 2 is no listener; 127 of the shell is no such binary. */
function judge(
  ended: Ended,
  about: { binary: string; bundle: Bundle; folder: string; env: Environment },
): Checked {
  const { binary, bundle, folder, env } = about;
  const { code, signal, output } = ended;
  if (code === 0) return { kind: 'fine' };
  if (code === 126 || code === 127)
    return { kind: 'unjudged', binary, reason: `${binary} cannot be run` };
  if (code === NO_LISTENER.exitCode)
    return { kind: 'refused', binary, alerts: [{ message: NO_LISTENER.reason }], unset: [] };
  if (signal !== null)
    return {
      kind: 'unjudged',
      binary,
      reason: `${binary} -c was killed (${signal}) before it answered`,
    };
  const alerts = parseAlerts(output, folder);
  const elsewhere = alerts.filter((alert) => isElsewhere(alert, bundle));
  if (alerts.length > 0 && elsewhere.length < alerts.length) {
    const own = alerts.filter((alert) => !elsewhere.includes(alert));
    return { kind: 'refused', binary, alerts: own, unset: unsetVariables(own, bundle, env) };
  }
  const reason = elsewhere[0]?.message ?? `${binary} -c ended with ${code} and named no error`;
  return { kind: 'unjudged', binary, reason };
}

/**
 * A checker with a private folder.
 *
 * @throws Error where the folder cannot be made
 */
export function createChecker(options: CheckOptions): Checker {
  const folder = mkdtempSync(join(options.within, 'kubernetes-haproxy-gate-'));
  chmodSync(folder, 0o700);
  writeFileSync(join(folder, LIGHT_CHECK_PATH), LIGHT_CHECK);
  let count = 0;
  let turn: Promise<unknown> = Promise.resolve();

  function lay({ files }: Bundle): string {
    for (const name of ['ssl', 'files']) {
      rmSync(join(folder, name), { recursive: true, force: true });
      mkdirSync(join(folder, name));
    }
    for (const file of files) {
      const { path, mode } = file;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytesOf(file), { mode });
    }
    return join(folder, CONFIG_PATH);
  }

  async function checkAll(bundle: Bundle, wanted: Environment): Promise<Checked> {
    const env = { ...wanted, PATH: options.env.PATH };
    let unjudged: Checked | undefined;
    try {
      const config = lay(bundle);
      const text = bundle.files.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
      for (const binary of options.binaries) {
        count++;
        const ended = await checkLightly({
          config,
          text,
          beside: join(folder, LIGHT_CHECK_PATH),
          run: (args) => run(options, { binary, args, env }),
        });
        const checked = judge(ended, { binary, bundle, folder, env });
        if (checked.kind === 'refused') return checked;
        if (checked.kind === 'unjudged') unjudged ??= checked;
      }
    } catch (error) {
      const binary = options.binaries[0] ?? '';
      return { kind: 'unjudged', binary, reason: (error as Error).message };
    }
    return unjudged ?? { kind: 'fine' };
  }

  return {
    sslDir: join(folder, 'ssl'),
    filesDir: join(folder, 'files'),
    check(bundle, env = options.env) {
      const checked = turn.then(() => checkAll(bundle, env));
      turn = checked;
      return checked;
    },
    count: () => count,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
