import { plain } from '../template/foreign.ts';
import { entriesOf, type JsonObject } from '../template/json/index.ts';
import { type Selector, selects } from './services.ts';

/** A service, as far as it selects pods. */
export interface Selecting {
  readonly name: string;
  readonly selector: Selector;
}

/** Finds the services that select labels: what it costs follows the labels, not the services. */
export type FindServices = (labels: JsonObject | undefined) => readonly string[];

const keyOf = (label: string, value: string): string => `${label}\0${value}`;

/** Finds among these, in their order. */
export function createSelections(services: readonly Selecting[]): FindServices {
  const selectsAll: number[] = [];
  /** By one of the pairs that a selector wants. */
  const byPair = new Map<string, number[]>();
  for (const [i, { selector }] of services.entries()) {
    const [pair] = selector;
    const key = pair && keyOf(...pair);
    const listed = key === undefined ? selectsAll : (byPair.get(key) ?? []);
    listed.push(i);
    if (key !== undefined) byPair.set(key, listed);
  }

  return (labels) => {
    const pairs = labels === undefined ? [] : entriesOf(labels);
    const likely = pairs.flatMap(([label, value]) =>
      typeof value === 'string' ? (byPair.get(keyOf(plain(label), value)) ?? []) : [],
    );
    return [...selectsAll, ...likely]
      .sort((a, b) => a - b)
      .map((i) => services[i] as Selecting)
      .filter(({ selector }) => selects(selector, labels))
      .map(({ name }) => name);
  };
}
