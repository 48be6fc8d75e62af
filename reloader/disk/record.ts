import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type AsOf, formatAsOf, parseAsOf } from '../../functions/wire/as-of.ts';
import { parseHold } from '../holds/hold.ts';
import type { HeldServers } from '../holds/keeping.ts';
import { createMutex } from '../mutex.ts';
import type { Refusal } from '../refusal.ts';
import { replaceFile } from './durable.ts';
import { createMark } from './mark.ts';

/** What has been taken out of service ahead of a reload that has to wait: lines of a release's configuration. */
export interface Retirement {
  readonly etag: string;
  readonly lines: readonly number[];
}

/** What must survive a restart of the reloader, kept in `STATE_DIR/state.json` and in the link `STATE_DIR/applying`. */
export interface Memory {
  /** The release that HAProxy was last proven to run. */
  readonly lastGood?: string;
  /** The revision of the intent that it is of, where that is known. */
  readonly revision?: string;
  /** Set while a release is being applied: where it is found at a start, HAProxy may run half of it. */
  readonly applying?: string;
  /** Set while a reload waits for which servers of the last good release have left already. */
  readonly retired?: Retirement;
  /** Servers that operators hold. */
  readonly held?: HeldServers;
  /** The merged position of every answer taken. */
  readonly asOf: AsOf;
  readonly refused: readonly Refusal[];
  /** In which words the newest of those was refused that were for what the configuration is. */
  readonly words?: Words;
}

/** For the renderer, as `formatToldAlerts` writes it. Lines of the configuration are in it: for nobody else. */
export interface Words {
  readonly etag: string;
  readonly alerts: string;
}

/** The memory and its file. */
export interface Record {
  readonly memory: Memory;
  /** Notes of which revision a release is; on disk with the next thing that is written. */
  origin(etag: string, revision: string | undefined): void;
  /** The revision of a release, where that is known. */
  revisionOf(etag: string): string | undefined;
  /** Replaces parts of the memory, on disk first. */
  update(change: Change): Promise<void>;
  /**
   * Remembers, for the case that this process is killed, what is being applied. Not for a power cut: no HAProxy that
   * runs half of it outlives that.
   */
  mark(applying: string): Promise<void>;
}

/** `undefined` forgets. */
export type Change = Omit<Parts, 'applying'> & { readonly applying?: undefined };

type Parts = { readonly [K in keyof Memory]?: Memory[K] | undefined };

const EMPTY: Memory = { asOf: {}, refused: [] };
const ETAG = /^sha256:[0-9a-f]{64}$/;

const isEtag = (value: unknown): value is string => typeof value === 'string' && ETAG.test(value);

function parseRefusal(value: unknown): Refusal[] {
  const { etag, revision, at, code, reason, errors } = (value ?? {}) as { [key: string]: unknown };
  return isEtag(etag) &&
    typeof at === 'string' &&
    typeof code === 'string' &&
    typeof reason === 'string'
    ? [
        {
          etag,
          ...(isEtag(revision) && { revision }),
          at,
          code,
          reason,
          errors: Array.isArray(errors) ? errors : [],
        },
      ]
    : [];
}

function parseRetirement(value: unknown): Retirement | undefined {
  const { etag, lines } = (value ?? {}) as { [key: string]: unknown };
  const isFine = isEtag(etag) && Array.isArray(lines) && lines.every(Number.isInteger);
  return isFine ? { etag, lines } : undefined;
}

function parseHeld(value: unknown): HeldServers | undefined {
  const { process, servers } = (value ?? {}) as { [key: string]: unknown };
  return typeof process === 'string' && Array.isArray(servers)
    ? { process, servers: servers.flatMap(parseHold) }
    : undefined;
}

function parseWords(value: unknown): Words | undefined {
  const { etag, alerts } = (value ?? {}) as { [key: string]: unknown };
  // It is sent as it is.
  const isFine = isEtag(etag) && typeof alerts === 'string' && /^[\x20-\x7e]+$/.test(alerts);
  return isFine ? { etag, alerts } : undefined;
}

/** What the text holds; parts that are not understood count as never known, since all can be learnt again. */
export function parseMemory(text: string): Memory {
  let value: { [key: string]: unknown };
  try {
    value = JSON.parse(text) ?? {};
  } catch {
    return EMPTY;
  }
  const { lastGood, revision, applying, asOf, refused } = value;
  const retired = parseRetirement(value.retired);
  const held = parseHeld(value.held);
  const words = parseWords(value.words);
  return {
    ...(isEtag(lastGood) ? { lastGood } : {}),
    ...(isEtag(revision) ? { revision } : {}),
    ...(isEtag(applying) ? { applying } : {}),
    ...(retired === undefined ? {} : { retired }),
    ...(held === undefined ? {} : { held }),
    ...(words === undefined ? {} : { words }),
    asOf: (typeof asOf === 'string' ? parseAsOf(asOf) : undefined) ?? {},
    refused: Array.isArray(refused) ? refused.flatMap(parseRefusal) : [],
  };
}

/** All but what is being applied, which a link tells. */
export function formatMemory({ applying: _, ...memory }: Memory): string {
  return `${JSON.stringify({ ...memory, asOf: formatAsOf(memory.asOf) }, undefined, 2)}\n`;
}

export async function openRecord(path: string): Promise<Record> {
  const mark = createMark(join(dirname(path), 'applying'));
  const applying = mark.read();
  let memory: Memory = {
    ...parseMemory(await readFile(path, 'utf8').catch(() => '')),
    ...(applying !== undefined && { applying }),
  };
  /** Of the release that came last. */
  let offered: { readonly etag: string; readonly revision: string | undefined } | undefined;
  const revisionOf = (etag: string) =>
    etag === memory.lastGood
      ? memory.revision
      : etag === offered?.etag
        ? offered.revision
        : undefined;
  const after = (change: Parts): Memory => {
    const { lastGood } = change;
    const revised = lastGood === undefined ? {} : { revision: revisionOf(lastGood) };
    return Object.fromEntries(
      Object.entries({ ...memory, ...change, ...revised }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as unknown as Memory;
  };
  // The loop, an audit and a reload each write their own part: none may undo another's.
  const inTurn = createMutex();
  return {
    get memory() {
      return memory;
    },
    origin(etag, revision) {
      offered = { etag, revision };
      if (etag !== memory.lastGood) return;
      const { revision: _, ...rest } = memory;
      memory = { ...rest, ...(revision === undefined ? {} : { revision }) };
    },
    revisionOf,
    update: (change) =>
      inTurn(async () => {
        await replaceFile(path, formatMemory(after(change)), 0o600);
        // Last: whoever finds it looks again at what was done, and completes it.
        if (Object.hasOwn(change, 'applying')) mark.clear();
        memory = after(change);
      }),
    mark: (etag) =>
      inTurn(async () => {
        mark.set(etag);
        memory = after({ applying: etag });
      }),
  };
}
