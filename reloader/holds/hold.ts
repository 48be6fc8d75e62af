import type { AdminState } from '../runtime/server-state.ts';

/** What an operator has set a server to, where that is not what its line says. */
export interface Held {
  readonly state?: AdminState;
  readonly weight?: number;
}

/** A server in an operator's hand: set over the Runtime API on purpose, and to stay so until it is given back. */
export interface Hold extends Held {
  readonly backend: string;
  readonly name: string;
  /** When it was first seen, as an ISO time. */
  readonly since: string;
  /** Since when no line names the server, as an ISO time. */
  readonly away?: string;
}

/** By `BACKEND/NAME`. */
export type Holds = ReadonlyMap<string, Hold>;

export const pathOf = ({ backend, name }: { readonly backend: string; readonly name: string }) =>
  `${backend}/${name}`;

const STATES: ReadonlySet<unknown> = new Set<AdminState>(['ready', 'drain', 'maint']);
const isTime = (value: unknown): value is string =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_.:-]+$/.test(value);

/** Reads one hold from a file; none where it is not understood. */
export function parseHold(value: unknown): readonly Hold[] {
  const { backend, name, since, away, state, weight } = (value ?? {}) as { [key: string]: unknown };
  if (!isName(backend) || !isName(name) || !isTime(since)) return [];
  return [
    {
      backend,
      name,
      since,
      ...(isTime(away) ? { away } : {}),
      ...(STATES.has(state) ? { state: state as AdminState } : {}),
      ...(Number.isInteger(weight) ? { weight: weight as number } : {}),
    },
  ];
}

/** In words: `drain`, `weight 5`. */
export function wordsOf({ state, weight }: Held): string {
  const words = [...(state === undefined ? [] : [state])];
  return [...words, ...(weight === undefined ? [] : [`weight ${weight}`])].join(', ');
}
