import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ManifestText, OfflineResult } from '../core/offline.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { ExplainQuestion } from '../core/origin/explain.ts';
import type {
  Explanation,
  Rendering,
  RenderSettings,
  RenderVariant,
  StatusRendering,
} from '../core/render.ts';
import type { FromRenderer, ToRenderer } from './protocol.ts';

export interface RendererLimits {
  /** Longest time for one message, in milliseconds; then the process is killed. */
  readonly deadlineMs: number;
  /** Memory for the templates' objects, in MiB; a process that needs more ends. */
  readonly memoryMb: number;
  /** Where a process comes from: tests lend each other theirs, which are told everything anew. Absent: each is a new one. */
  readonly lend?: ((start: () => ChildProcess) => LentProcess) | undefined;
}

/** As much of a process as is used here. */
export type LentProcess = Pick<ChildProcess, 'pid' | 'send' | 'kill' | 'on' | 'stderr'>;

/** The renderer is gone in the middle of its work. Codes: `render-deadline`, `render-memory`, `render-crash`. */
export class RendererGone extends Error {
  override readonly name = 'RendererGone';
  readonly code: string;
  readonly hint: string;
  constructor(code: string, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export interface Rendered {
  readonly rendering: Rendering;
  readonly seconds: number;
}

/** A running renderer. All calls reject with RendererGone where the process ends before it answers. */
export interface RendererProcess {
  readonly pid: number;
  update(update: PackedUpdate): Promise<{ readonly hasLostPod: boolean }>;
  render(variant: RenderVariant): Promise<Rendered>;
  /** As `render`, of what is going to be rendered once more: that is then known, unless there was an update. */
  renderAhead(variant: RenderVariant): Promise<Rendered>;
  /** Renders `status.yaml` alone. */
  renderStatus(variant: RenderVariant): Promise<StatusRendering>;
  /** Renders, and tells where lines come from. */
  explain(variant: RenderVariant, question: ExplainQuestion): Promise<Explanation>;
  once(texts: readonly ManifestText[], variant: RenderVariant): Promise<OfflineResult>;
  /** Settles when the process is gone, for whatever reason. */
  readonly ended: Promise<RendererGone>;
  /** Ends the process; what it has not answered is rejected. */
  kill(): void;
}

interface Pending {
  resolve(message: FromRenderer): void;
  reject(error: RendererGone): void;
}

type Request = ToRenderer extends infer M
  ? M extends { id: number }
    ? Omit<M, 'id'>
    : never
  : never;

/** What a render leaves is soon garbage: it is collected early, since a heap that has grown is not given back. */
const SMALL_HEAP = ['--max-semi-space-size=4', '--heap-growing-percent=30'];
/** Objects in one message. */
const PORTION = 200;

const DIST = new URL('dist/functions/', import.meta.resolve('kubernetes-haproxy/package.json'));
const fileIn = (name: string): string => fileURLToPath(new URL(name, DIST));

/**
 * One file, bundled with all that it imports: the process needs to read nothing else. It is of CommonJS, which Node.js
 * starts sooner than a module.
 */
export const RENDERER_BUNDLE = fileIn('renderer.bundle.cjs');
/** Of this bundle, where somebody has made it (`bundled-script.ts`). */
export const CODE_CACHE = fileIn('renderer.code-cache');
const START = fileIn('renderer.start.cjs');

const PERMISSION = ['--permission', '--experimental-permission'].find((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);

/** A code cache is of processes with the same flags. */
export const v8Flags = (memoryMb: number): readonly string[] => [
  ...SMALL_HEAP,
  `--max-old-space-size=${memoryMb}`,
];

function start({ memoryMb }: RendererLimits): ChildProcess {
  const files = [START, RENDERER_BUNDLE, CODE_CACHE];
  const readable = files.map((file) => `--allow-fs-read=${file}`);
  const permission = PERMISSION === undefined ? [] : [PERMISSION, ...readable];
  return fork(START, [RENDERER_BUNDLE, CODE_CACHE], {
    env: {},
    execArgv: ['--no-warnings', ...v8Flags(memoryMb), ...permission],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function deadlineError(deadlineMs: number): RendererGone {
  return new RendererGone(
    'render-deadline',
    `the templates did not finish within ${deadlineMs / 1000} s and were stopped`,
    'Look for a loop over a loop over all pods, or raise RENDER_DEADLINE.',
  );
}

function exitError(stderr: string, memoryMb: number, status: string): RendererGone {
  if (/heap out of memory|allocation failed/i.test(stderr))
    return new RendererGone(
      'render-memory',
      `the templates needed more than ${memoryMb} MiB and were stopped`,
      'Look for text or a list that grows in a loop, or raise RENDER_MEMORY.',
    );
  const said = /^[A-Z]\w*Error: .*$/m.exec(stderr)?.[0];
  return new RendererGone(
    'render-crash',
    `the renderer ended (${status})${said === undefined ? '' : `: ${said}`}`,
    'It is started again by itself. If this repeats, please report it with the template.',
  );
}

/** What a renderer says that its server has ended, or has not started any more. */
export function endedByServer({ memoryMb }: RendererLimits): RendererGone {
  return exitError('', memoryMb, 'ended by the server');
}

/** An update in parts of a bounded size. */
function portions({ changes, ...rest }: PackedUpdate): readonly Request[] {
  const parts: Request[] = [];
  for (let start = 0; start === 0 || start < changes.length; start += PORTION)
    parts.push({
      type: 'update',
      update: { changes: changes.slice(start, start + PORTION), ...rest },
    });
  return parts;
}

/** Starts a renderer. It begins empty: give it the whole state as a first update. */
export function startRenderer(settings: RenderSettings, limits: RendererLimits): RendererProcess {
  const fresh = () => start(limits);
  const child = limits.lend?.(fresh) ?? fresh();
  const pending = new Map<number, Pending>();
  let next = 0;
  let stderr = '';
  let gone: RendererGone | undefined;
  let deadline: NodeJS.Timeout | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  /** What was rendered ahead of what it knows now. */
  let ahead = new Map<string, Rendered>();
  let tellEnded: (error: RendererGone) => void;
  const ended = new Promise<RendererGone>((resolve) => {
    tellEnded = resolve;
  });

  function end(error: RendererGone): void {
    gone ??= error;
    clearTimeout(deadline);
    child.kill('SIGKILL');
    for (const { reject } of pending.values()) reject(gone);
    pending.clear();
    tellEnded(gone);
  }

  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-4000);
  });
  child.on('error', (error) => end(exitError(stderr, limits.memoryMb, error.message)));
  child.on('close', (code, signal) => end(exitError(stderr, limits.memoryMb, signal ?? `${code}`)));
  child.on('message', (message: FromRenderer) => {
    clearTimeout(deadline);
    if (message.type === 'begun') {
      deadline = setTimeout(() => end(deadlineError(limits.deadlineMs)), limits.deadlineMs);
      return;
    }
    pending.get(message.id)?.resolve(message);
    pending.delete(message.id);
  });
  child.send({ type: 'settings', settings } satisfies ToRenderer, () => undefined);

  function send(request: Request): Promise<FromRenderer> {
    if (gone) return Promise.reject(gone);
    const id = next++;
    const answered = new Promise<FromRenderer>((resolve, reject) => {
      pending.set(id, { resolve, reject });
    });
    // A channel that closes under the message is told by the process's end.
    child.send({ ...request, id } as ToRenderer, () => undefined);
    return answered;
  }

  /** One message at a time: the channel never holds more than one of them, however much there is to tell. */
  function ask(...requests: readonly Request[]): Promise<readonly FromRenderer[]> {
    const answers = queue.then(async () => {
      const all: FromRenderer[] = [];
      for (const request of requests) all.push(await send(request));
      return all;
    });
    queue = answers.catch(() => undefined);
    return answers;
  }

  async function render(variant: RenderVariant): Promise<Rendered> {
    const [answer] = await ask({ type: 'render', variant });
    return answer as FromRenderer & { type: 'rendered' };
  }

  return {
    pid: child.pid ?? -1,
    async update(update) {
      ahead = new Map();
      const answers = await ask(...portions(update));
      return { hasLostPod: answers.some((a) => a.type === 'updated' && a.hasLostPod) };
    },
    async render(variant) {
      const key = JSON.stringify(variant);
      const known = gone ? undefined : ahead.get(key);
      ahead.delete(key);
      return known ?? render(variant);
    },
    async renderAhead(variant) {
      const current = ahead;
      const rendered = await render(variant);
      current.set(JSON.stringify(variant), rendered);
      return rendered;
    },
    async renderStatus(variant) {
      const [answer] = await ask({ type: 'status', variant });
      return (answer as FromRenderer & { type: 'rendered-status' }).status;
    },
    async explain(variant, question) {
      const [answer] = await ask({ type: 'explain', variant, question });
      return (answer as FromRenderer & { type: 'explained' }).explanation;
    },
    async once(texts, variant) {
      const [answer] = await ask({ type: 'once', texts, variant });
      return (answer as FromRenderer & { type: 'rendered-once' }).result;
    },
    ended,
    kill: () => end(endedByServer(limits)),
  };
}
