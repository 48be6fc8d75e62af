import { dictOf, foreignMap, plain, recoded, retold } from '../../template/foreign.ts';
import { entriesOf, type JsonObject, memberOf } from '../../template/json/index.ts';
import type { Items } from '../../template/values/inputs/index-of-field.ts';
import { changedList, indexedList } from '../../template/values/inputs/indexed-list.ts';
import { orderOf } from '../inputs/feed-objects.ts';
import type { ServiceView } from '../snapshot.ts';

/** What of a render's inputs people and the cluster bring in as values. */
export interface Values {
  readonly services: readonly ServiceView[];
  readonly inputs: ReadonlyMap<string, Items>;
  readonly params: JsonObject;
  readonly env: JsonObject;
}

/** An object of an input. */
export interface InputEntry {
  readonly kind: 'object';
  /** `Ingress`. */
  readonly of: string;
  /** The input's name: of several the first. */
  readonly input: string;
  /** Empty where the object is in none. */
  readonly namespace: string;
  readonly name: string;
  readonly value: object;
}

/** One thing that can be left out of a render. */
export type Entry =
  | { readonly kind: 'service'; readonly name: string; readonly value: ServiceView }
  | {
      readonly kind: 'pod';
      readonly namespace: string;
      readonly name: string;
      readonly value: object;
    }
  | InputEntry
  | {
      readonly kind: 'param' | 'env';
      readonly name: string;
      readonly value: unknown;
    };

/** The members of a service that are pods by name. */
const PHASES = ['pods', 'draining'] as const;

export const podsOf = (
  service: ServiceView,
  phase: (typeof PHASES)[number],
): ReadonlyMap<string, object> => memberOf(service, phase) as ReadonlyMap<string, object>;

const nameOf = (service: ServiceView): string => plain(memberOf(service, 'name') as string);

const textAt = (value: unknown, key: string): string => {
  const text = memberOf(value, key);
  return typeof text === 'string' ? plain(text) : '';
};

function inputEntry(input: string, value: object): InputEntry {
  const metadata = memberOf(value, 'metadata');
  const [namespace, name] = [textAt(metadata, 'namespace'), textAt(metadata, 'name')];
  return { kind: 'object', of: textAt(value, 'kind'), input, namespace, name, value };
}

/** The objects of all inputs, each once. */
export function objectsIn(inputs: Values['inputs']): readonly InputEntry[] {
  const found = new Map<object, InputEntry>();
  for (const [input, list] of inputs)
    for (const value of list) if (!found.has(value)) found.set(value, inputEntry(input, value));
  return [...found.values()];
}

/** All entries, in an order that the values determine. */
export function entriesIn({ services, inputs, params, env }: Values): readonly Entry[] {
  const found: Entry[] = services.map((value) => ({
    kind: 'service',
    name: nameOf(value),
    value,
  }));
  const seen = new Set<object>();
  for (const service of services) {
    const namespace = plain(memberOf(service, 'namespace') as string);
    for (const phase of PHASES) {
      for (const [name, value] of podsOf(service, phase)) {
        if (seen.has(value)) continue;
        seen.add(value);
        found.push({ kind: 'pod', namespace, name: plain(name), value });
      }
    }
  }
  found.push(...objectsIn(inputs));
  for (const [kind, values] of [
    ['param', params],
    ['env', env],
  ] as const) {
    for (const [name, value] of entriesOf(values)) found.push({ kind, name: plain(name), value });
  }
  return found;
}

type Pair = readonly [name: string, value: unknown];

/** The service with what `change` makes of its pods; pods that it makes nothing of are left out. */
function withPods(
  service: ServiceView,
  { change, digit }: { change: (pair: Pair) => Pair | undefined; digit?: number },
): ServiceView {
  const members = entriesOf(service).map(([key, value]): Pair => {
    if (key === 'pods' || key === 'draining') {
      const pods = Array.from(podsOf(service, key), change).filter((pair) => pair !== undefined);
      return [key, foreignMap(pods)];
    }
    return [key, digit === undefined ? value : retold(value, digit)];
  });
  return dictOf(members, digit);
}

/** The service without some of its pods, told by their keys; the same where it has none of them. */
export function withoutPods(
  service: ServiceView,
  isLeftOut: (key: unknown) => boolean,
): ServiceView {
  const pods = PHASES.flatMap((phase) => [...podsOf(service, phase).values()]);
  if (!pods.some(isLeftOut)) return service;
  return withPods(service, { change: (pair) => (isLeftOut(pair[1]) ? undefined : pair) });
}

const mapLists = (inputs: Values['inputs'], change: (list: Items) => Items): Values['inputs'] =>
  new Map(Array.from(inputs, ([name, list]) => [name, change(list)]));

/** What a list was without some of its items, last. */
const shortened = new WeakMap<Items, { readonly removed: Items; readonly rest: Items }>();

/** The list without some objects: the same as last time where they are the same. */
function withoutObjects(list: Items, isLeftOut: (key: unknown) => boolean): Items {
  const removed = list.filter(isLeftOut);
  if (removed.length === 0) return list;
  const last = shortened.get(list);
  if (last?.removed.length === removed.length && last.removed.every((o, i) => o === removed[i]))
    return last.rest;
  const out = new Set(removed);
  const items = list.filter((object) => !out.has(object));
  const rest = changedList(list, items, { removed, added: [], isAside: true });
  shortened.set(list, { removed, rest });
  return rest;
}

/** The values without some entries, told by their keys. */
export function without(values: Values, isLeftOut: (key: unknown) => boolean): Values {
  const services = values.services
    .filter((service) => !isLeftOut(definitionOf(service)))
    .map((service) => withoutPods(service, isLeftOut));
  const texts = (kind: 'param' | 'env', all: JsonObject): JsonObject => {
    const pairs = entriesOf(all);
    const left = pairs.filter(([name]) => !isLeftOut(`${kind} ${plain(name)}`));
    return left.length === pairs.length ? all : dictOf(left);
  };
  return {
    services,
    inputs: mapLists(values.inputs, (list) => withoutObjects(list, isLeftOut)),
    params: texts('param', values.params),
    env: texts('env', values.env),
  };
}

/** What a service keeps while nothing but its pods changes. */
export const definitionOf = (service: ServiceView): unknown => memberOf(service, 'selector');

/** What tells an entry from all others, for as long as it is the same. */
export function keyOf({ kind, name, value }: Entry): unknown {
  if (kind === 'service') return definitionOf(value as ServiceView);
  return kind === 'pod' || kind === 'object' ? value : `${kind} ${name}`;
}

/** The values, what is foreign in each entry telling the digit of its key. */
export function tell(values: Values, digitOf: (key: unknown) => number): Values {
  const pods = new Map<unknown, unknown>();
  const tellPod = ([name, pod]: Pair): Pair => {
    const digit = digitOf(pod);
    const told = pods.get(pod) ?? retold(pod, digit);
    pods.set(pod, told);
    return [recoded(name, digit), told];
  };
  const tellTexts = (kind: 'param' | 'env', texts: JsonObject): JsonObject =>
    dictOf(
      entriesOf(texts).map(([name, text]) => [
        name,
        retold(text, digitOf(`${kind} ${plain(name)}`)),
      ]),
    );
  return {
    services: values.services.map((service) =>
      withPods(service, { change: tellPod, digit: digitOf(definitionOf(service)) }),
    ),
    inputs: mapLists(values.inputs, (list) =>
      indexedList(
        list.map((object) => retold(object, digitOf(object)) as object),
        orderOf,
      ),
    ),
    params: tellTexts('param', values.params),
    env: tellTexts('env', values.env),
  };
}
