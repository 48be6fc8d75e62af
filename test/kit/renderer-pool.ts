import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { LentProcess } from '../../functions/renderer/process.ts';

/** Its channel is a handle of this process, too. */
interface Handle {
  ref(): void;
  unref(): void;
}

interface Pooled {
  readonly child: ChildProcess;
  borrower: Borrower | undefined;
}

const handlesOf = ({ child }: Pooled): readonly Handle[] =>
  [child, child.channel, child.stderr as Handle | null].filter((handle) => handle != null);

/** A process for as long as somebody has it. */
class Borrower extends EventEmitter {
  readonly stderr = new EventEmitter();
  readonly pid: number | undefined;
  private readonly pooled: Pooled;
  private readonly giveBack: (pooled: Pooled) => void;
  /** What has not been answered. */
  private asked = 0;

  constructor(pooled: Pooled, giveBack: (pooled: Pooled) => void) {
    super();
    this.pooled = pooled;
    this.giveBack = giveBack;
    this.pid = pooled.child.pid;
  }

  send(message: object, sent: () => void): boolean {
    if ('id' in message) this.asked += 1;
    return this.pooled.child.send(message, sent);
  }

  take(message: { readonly type: string }): void {
    if (message.type !== 'begun') this.asked -= 1;
    this.emit('message', message);
  }

  /** Whoever ends one wants nothing of it any more. One that is at work is ended, as any renderer is. */
  kill(signal?: NodeJS.Signals): boolean {
    if (this.pooled.borrower !== this) return false;
    this.pooled.borrower = undefined;
    if (this.asked > 0) return this.pooled.child.kill(signal);
    this.giveBack(this.pooled);
    return true;
  }
}

/**
 * Lends renderers: one that ends with nothing left to answer goes on for the next, which tells it its settings and so
 * begins from nothing. Most tests need one or two, and to start them is most of what they cost.
 */
function createRendererPool(): (start: () => ChildProcess) => LentProcess {
  const idle: Pooled[] = [];
  const all = new Set<ChildProcess>();
  process.on('exit', () => {
    for (const child of all) child.kill('SIGKILL');
  });

  function giveBack(pooled: Pooled): void {
    for (const handle of handlesOf(pooled)) handle.unref();
    idle.push(pooled);
  }

  function watch(child: ChildProcess): Pooled {
    const pooled: Pooled = { child, borrower: undefined };
    all.add(child);
    child.on('message', (message: { type: string }) => pooled.borrower?.take(message));
    child.on('error', (error) => pooled.borrower?.emit('error', error));
    child.stderr?.on('data', (chunk) => pooled.borrower?.stderr.emit('data', chunk));
    child.on('close', (...how) => {
      all.delete(child);
      const at = idle.indexOf(pooled);
      if (at >= 0) idle.splice(at, 1);
      const { borrower } = pooled;
      // Nobody gives back what has ended.
      pooled.borrower = undefined;
      borrower?.emit('close', ...how);
    });
    return pooled;
  }

  return (start) => {
    const known = idle.pop();
    const pooled = known ?? watch(start());
    if (known) for (const handle of handlesOf(known)) handle.ref();
    pooled.borrower = new Borrower(pooled, giveBack);
    return pooled.borrower as unknown as LentProcess;
  };
}

export const lendRenderer = createRendererPool();
