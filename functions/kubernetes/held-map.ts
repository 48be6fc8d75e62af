import type { Change } from '../core/objects.ts';
import type { Position } from '../wire/as-of.ts';

/** A ConfigMap as it is to be told of, and what it names. */
export interface Told<T> {
  readonly changes: readonly Change[];
  readonly position: Position | undefined;
  readonly named: T;
}

export interface HeldMapOptions<T> {
  /** What the object names; undefined where it is gone. */
  readonly read: (change: Change) => T;
  readonly nothing: T;
  /** Begins to read what it is the first to name. */
  readonly start: (named: T) => void;
  /** Whether all that it names has been read, or cannot be. */
  readonly hasSettled: (named: T) => boolean;
  readonly holdMs: number;
  readonly onRelease: (told: Told<T>) => void;
}

/**
 * A ConfigMap of the configuration that names what else is to be read: a change of it waits until that is there, or for
 * `holdMs`. Otherwise what it is the first to name would be taken for empty for a moment.
 */
export class HeldMap<T> {
  readonly #options: HeldMapOptions<T>;
  #named: T;
  #held: Told<T> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HeldMapOptions<T>) {
    this.#options = options;
    this.#named = options.nothing;
  }

  /** What the one names that was told of last. */
  get named(): T {
    return this.#named;
  }

  /** What the one names that is held now. */
  get next(): T | undefined {
    return this.#held?.named;
  }

  take(changes: readonly Change[], position: Position | undefined): void {
    const { read, start, holdMs } = this.#options;
    const last = changes.at(-1);
    const named = last ? read(last) : (this.#held?.named ?? this.#named);
    this.#held = { changes: [...(this.#held?.changes ?? []), ...changes], position, named };
    start(named);
    this.#timer ??= setTimeout(() => this.#release(), holdMs);
  }

  /** Something has been read; `isEager`: nobody relies on anything yet. */
  releaseSettled(isEager: boolean): void {
    if (this.#held && (isEager || this.#options.hasSettled(this.#held.named))) this.#release();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (!held) return;
    this.#named = held.named;
    this.#options.onRelease(held);
  }
}
