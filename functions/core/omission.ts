import { plain } from '../template/foreign.ts';
import { TemplateError } from '../template/index.ts';
import { memberOf } from '../template/json/index.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { ServiceView } from './snapshot.ts';
import {
  type Entry,
  entriesIn,
  type InputEntry,
  keyOf,
  objectsIn,
  type Values,
  without,
} from './structure/entries.ts';
import type { Output } from './structure/output.ts';
import { placeOfObject, titleOfObject } from './structure/unsafe-value.ts';
import { toDiagnostic } from './template-diagnostic.ts';

/** What a render is made without, since the template fails on it. */
export interface Omission {
  /** Absent where it is an object of an input. */
  readonly service?: string;
  /** Absent where it is the service as a whole. */
  readonly pod?: { readonly namespace: string; readonly name: string };
  /** The object of an input, as diagnostics name it. */
  readonly object?: string;
  readonly diagnostic: Diagnostic;
}

/** What came of a render, and of what. */
export interface Made {
  readonly output: Output;
  readonly values: Values;
}

type Pod = Extract<Entry, { kind: 'pod' }>;
/** What is left out as a whole. */
type Part = ServiceView | InputEntry;

interface Culprit {
  readonly part: Part;
  readonly pod?: Pod;
}

const isObject = (part: Part): part is InputEntry => 'kind' in part && part.kind === 'object';

/** Renders of one search, beyond which nothing is left out, and the template's failure stands. */
const MOST_RENDERS = 64;
const LONGEST_MS = 4_000;
/** Services whose pods are looked at one by one; others are left out as they are. */
const MOST_SERVICES = 8;

const nameOf = (service: ServiceView): string => plain(memberOf(service, 'name') as string);

/** One search for what a template fails on. */
class Search {
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

  /** Whether it renders without these services, objects of inputs and pods. */
  isGoodWithout(parts: readonly Part[], pods: readonly Pod[] = []): boolean {
    this.left--;
    const out = new Set<unknown>(parts);
    const keys = new Set([...pods, ...parts.filter(isObject)].map(keyOf));
    const rest = this.values.services.filter((service) => !out.has(service));
    const values = without({ ...this.values, services: rest }, (key) => keys.has(key));
    try {
      this.made = { output: this.render(values), values };
      return true;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return false;
    }
  }
}

/**
 * The items that must be left out; without all of them it is good. Of two that are bad only together it is the later.
 */
function smallest<T>(
  items: readonly T[],
  search: Search,
  isGood: (out: readonly T[]) => boolean,
): readonly T[] | undefined {
  const out: T[] = [];
  while (!isGood(out)) {
    const rest = items.filter((item) => !out.includes(item));
    let [good, bad] = [0, rest.length];
    while (bad - good > 1) {
      if (search.isExhausted()) return undefined;
      const middle = (good + bad) >> 1;
      if (isGood([...out, ...rest.slice(middle)])) good = middle;
      else bad = middle;
    }
    if (search.isExhausted()) return undefined;
    out.push(rest[bad - 1] as T);
  }
  return out;
}

/** The one item without which it is good, where there is one. */
function single<T>(items: readonly T[], search: Search, isGood: (out: readonly T[]) => boolean) {
  const found = items.find((item) => !search.isExhausted() && isGood([item]));
  return found === undefined ? undefined : [found];
}

/** The smallest part of some items without which it is good; undefined where none is found. */
function find<T>(
  items: readonly T[],
  search: Search,
  isGood: (out: readonly T[]) => boolean,
): readonly T[] | undefined {
  return isGood(items) ? smallest(items, search, isGood) : single(items, search, isGood);
}

const podsIn = (values: Values): readonly Pod[] =>
  entriesIn(values).filter((entry) => entry.kind === 'pod');

function culpritsIn(values: Values, search: Search): readonly Culprit[] | undefined {
  const parts: readonly Part[] = [...values.services, ...objectsIn(values.inputs)];
  const among = find(parts, search, (out) => search.isGoodWithout(out)) ?? values.services;
  const whole = new Set(among);
  const pods: Pod[] = [];
  const culprits: Culprit[] = [];
  for (const part of among) {
    const others = [...whole].filter((other) => other !== part);
    const isWhole = isObject(part) || whole.size > MOST_SERVICES;
    const own = isWhole ? [] : podsIn({ ...values, services: [part] });
    const found =
      own.length === 0
        ? undefined
        : find(own, search, (out) => search.isGoodWithout(others, [...pods, ...out]));
    if (!found) {
      culprits.push({ part });
      continue;
    }
    whole.delete(part);
    pods.push(...found);
    culprits.push(...found.map((pod) => ({ part, pod })));
  }
  // A template that fails on everything is to blame itself.
  const isAll =
    whole.size === parts.length || (pods.length > 0 && pods.length === podsIn(values).length);
  return !isAll && search.isGoodWithout([...whole], pods) ? culprits : undefined;
}

/** Leaves out of the renders of one variant what their templates fail on, so that all else goes on. */
export class Omitter {
  private readonly namespace: string;
  private culprits: readonly Culprit[] = [];
  private omitted: readonly Omission[] = [];

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  private explain({ part, pod }: Culprit, error: TemplateError): Omission {
    const { namespace } = this;
    const { code, message, where } = toDiagnostic(error, `configmaps/${namespace}/config`);
    const name = isObject(part) ? placeOfObject(part) : nameOf(part);
    const whole = isObject(part) ? titleOfObject(part) : `service ${name}`;
    const what = pod ? `pod ${pod.namespace}/${pod.name}` : whole;
    const place = isObject(part)
      ? { object: name }
      : { object: `configmaps/${namespace}/services`, key: name };
    const diagnostic: Diagnostic = {
      severity: 'error',
      code,
      message: `${what} is left out, since the template fails on it (${where.key}, line ${where.line}): ${message}`,
      hint: 'Correct it, or make the template cope with it. Everything else is served as usual.',
      where: pod ? { object: `pods/${pod.namespace}/${pod.name}` } : place,
    };
    if (isObject(part)) return { object: name, diagnostic };
    const at = pod && { pod: { namespace: pod.namespace, name: pod.name } };
    return { service: name, ...at, diagnostic };
  }

  /** What the last render was made without. */
  told(): readonly Omission[] {
    return this.omitted;
  }

  /** What was to blame last, if all of it is still there as it was: more need not be looked for then. */
  private isSame(values: Values, search: Search): boolean {
    if (this.culprits.length === 0) return false;
    const entries = [...podsIn(values), ...objectsIn(values.inputs)];
    const here = new Set<unknown>([...values.services, ...entries.map(keyOf)]);
    const isHere = ({ part, pod }: Culprit) =>
      here.has(pod ? keyOf(pod) : isObject(part) ? part.value : part);
    if (!this.culprits.every(isHere)) return false;
    const parts = this.culprits.filter(({ pod }) => !pod).map(({ part }) => part);
    const pods = this.culprits.flatMap(({ pod }) => pod ?? []);
    return search.isGoodWithout(parts, pods);
  }

  private blame(culprits: readonly Culprit[], error: TemplateError): void {
    this.culprits = culprits;
    this.omitted = culprits.map((culprit) => this.explain(culprit, error));
  }

  /** @throws TemplateError where the template fails whatever is left out */
  render(values: Values, render: (values: Values) => Output): Made {
    try {
      const output = render(values);
      this.culprits = [];
      this.omitted = [];
      return { output, values };
    } catch (error) {
      if (!(error instanceof TemplateError) || error.code === 'template-syntax') throw error;
      const search = new Search(values, render);
      if (!this.isSame(values, search)) {
        const culprits = culpritsIn(values, search);
        if (!culprits) throw error;
        this.blame(culprits, error);
      }
      if (!search.made) throw error;
      return search.made;
    }
  }
}
