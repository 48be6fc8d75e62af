import { TemplateError } from '../template/index.ts';
import type { ServiceView } from './snapshot.ts';
import {
  type Entry,
  entriesIn,
  type InputEntry,
  keyOf,
  objectsIn,
  type Values,
  without,
  withoutPods,
} from './structure/entries.ts';
import type { Output } from './structure/output.ts';

/** What came of a render, and of what. */
export interface Made {
  readonly output: Output;
  readonly values: Values;
}

type Pod = Extract<Entry, { kind: 'pod' }>;
/** What is left out as a whole. */
type Part = ServiceView | InputEntry;

/** What a template fails on. */
export interface Culprit {
  readonly part: Part;
  /** Left out of this service alone: in others the template may well cope with it. */
  readonly pod?: Pod;
}

export const isObject = (part: Part): part is InputEntry =>
  'kind' in part && part.kind === 'object';

/** Renders of one search, beyond which nothing is left out, and the template's failure stands. */
const MOST_RENDERS = 64;
const LONGEST_MS = 4_000;
/** Services whose pods are looked at one by one; others are left out as they are. */
const MOST_SERVICES = 8;

/** The values without some services, objects of inputs, and pods of services. */
function withoutCulprits(values: Values, culprits: readonly Culprit[]): Values {
  const parts = new Set<unknown>(culprits.flatMap(({ part, pod }) => (pod ? [] : [part])));
  const objects = new Set([...(parts as Set<Part>)].filter(isObject).map(keyOf));
  const pods = new Map<unknown, Set<unknown>>();
  for (const { part, pod } of culprits)
    if (pod) pods.set(part, (pods.get(part) ?? new Set()).add(keyOf(pod)));
  const services = values.services
    .filter((service) => !parts.has(service))
    .map((service) => {
      const out = pods.get(service);
      return out ? withoutPods(service, (key) => out.has(key)) : service;
    });
  return without({ ...values, services }, (key) => objects.has(key));
}

/** One search for what a template fails on. */
export class Search {
  private readonly values: Values;
  private readonly render: (values: Values) => Output;
  private readonly end: number;
  private left = MOST_RENDERS;
  made: Made | undefined;

  constructor(values: Values, render: (values: Values) => Output) {
    this.values = values;
    this.render = render;
    this.end = performance.now() + LONGEST_MS;
  }

  isExhausted(): boolean {
    return this.left <= 0 || performance.now() > this.end;
  }

  /** What the template fails with where it is made without these; undefined where it renders. */
  failureWithout(culprits: readonly Culprit[]): TemplateError | undefined {
    this.left--;
    const values = withoutCulprits(this.values, culprits);
    try {
      this.made = { output: this.render(values), values };
      return undefined;
    } catch (error) {
      if (error instanceof TemplateError) return error;
      throw error;
    }
  }

  isGoodWithout(culprits: readonly Culprit[]): boolean {
    return this.failureWithout(culprits) === undefined;
  }
}

/** Whether it renders without these. */
type IsGood<T> = (out: readonly T[]) => boolean;

/** Of the items, without all of which it is good, the last that must be left out beside `out`. */
function next<T>(
  items: readonly T[],
  { out, search, isGood }: { out: readonly T[]; search: Search; isGood: IsGood<T> },
): T | undefined {
  const rest = items.filter((item) => !out.includes(item));
  let [good, bad] = [0, rest.length];
  while (bad - good > 1) {
    if (search.isExhausted()) return undefined;
    const middle = (good + bad) >> 1;
    if (isGood([...out, ...rest.slice(middle)])) good = middle;
    else bad = middle;
  }
  return search.isExhausted() ? undefined : rest[bad - 1];
}

/**
 * The items that must be left out; without all of them it is good. Of two that are bad only together it is the later.
 */
function smallest<T>(
  items: readonly T[],
  search: Search,
  isGood: IsGood<T>,
): readonly T[] | undefined {
  const out: T[] = [];
  while (!isGood(out)) {
    const found = next(items, { out, search, isGood });
    if (found === undefined) return undefined;
    out.push(found);
  }
  return out;
}

/** The one item without which it is good, where there is one. */
function single<T>(items: readonly T[], search: Search, isGood: IsGood<T>) {
  const found = items.find((item) => !search.isExhausted() && isGood([item]));
  return found === undefined ? undefined : [found];
}

/** The smallest part of some items without which it is good; undefined where none is found. */
function find<T>(items: readonly T[], search: Search, isGood: IsGood<T>): readonly T[] | undefined {
  return isGood(items) ? smallest(items, search, isGood) : single(items, search, isGood);
}

export const podsIn = (values: Values): readonly Pod[] =>
  entriesIn(values).filter((entry) => entry.kind === 'pod');

/** Each service with each of its pods. */
function pairsIn(values: Values): readonly Required<Culprit>[] {
  const ofService = (part: ServiceView) =>
    podsIn({ ...values, services: [part] }).map((pod) => ({ part, pod }));
  return values.services.flatMap(ofService);
}

/** Pods of one service that are to blame wherever they are selected: one pod may be bad in many services. */
function sharedCulprits(values: Values, part: Part, search: Search): readonly Culprit[] {
  if (isObject(part)) return [];
  const own = podsIn({ ...values, services: [part] });
  const pairs = pairsIn(values);
  const everywhere = (pods: readonly Pod[]) => {
    const keys = new Set(pods.map(keyOf));
    return pairs.filter(({ pod }) => keys.has(keyOf(pod)));
  };
  const isGood = (pods: readonly Pod[]) => search.isGoodWithout(everywhere(pods));
  const found = own.length > 0 && isGood(own) ? smallest(own, search, isGood) : undefined;
  if (!found) return [];
  const all = everywhere(found);
  // Where that would take too long, they are left out of all services that select them.
  return smallest(all, search, (out) => search.isGoodWithout(out)) ?? all;
}

/** The smallest part of the values without which the template renders, as far as it is found. */
export function culpritsIn(values: Values, search: Search): readonly Culprit[] {
  const parts: readonly Part[] = [...values.services, ...objectsIn(values.inputs)];
  const isGood = (out: readonly Part[]) => search.isGoodWithout(out.map((part) => ({ part })));
  if (isGood(parts)) {
    const first = next(parts, { out: [], search, isGood });
    const shared = first === undefined ? [] : sharedCulprits(values, first, search);
    if (shared.length > 0) return shared;
  }
  const among = find(parts, search, isGood) ?? values.services;
  const whole = new Set(among);
  const pods: Culprit[] = [];
  const culprits: Culprit[] = [];
  for (const part of among) {
    const others = [...whole].filter((other) => other !== part).map((other) => ({ part: other }));
    const isWhole = isObject(part) || whole.size > MOST_SERVICES;
    const own = isWhole
      ? []
      : podsIn({ ...values, services: [part] }).map((pod) => ({ part, pod }));
    const found =
      own.length === 0
        ? undefined
        : find(own, search, (out) => search.isGoodWithout([...others, ...pods, ...out]));
    if (!found) {
      culprits.push({ part });
      continue;
    }
    whole.delete(part);
    pods.push(...found);
    culprits.push(...found);
  }
  return culprits;
}

/** Without all of them it renders, and they are not all that there is: then the template itself is to blame. */
export function isAnswer(culprits: readonly Culprit[], values: Values, search: Search): boolean {
  const whole = culprits.filter(({ pod }) => !pod).length;
  const pods = culprits.length - whole;
  const isAll =
    whole === values.services.length + objectsIn(values.inputs).length ||
    (pods > 0 && pods === pairsIn(values).length);
  return !isAll && search.isGoodWithout(culprits);
}
