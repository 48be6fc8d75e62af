import { dictOf, foreignMap, plain, recoded, retold } from '../../template/foreign.ts';
import { entriesOf, type JsonObject, memberOf } from '../../template/json/index.ts';
import type { ServiceView } from '../snapshot.ts';

/** What of a render's inputs people and the cluster bring in as values. */
export interface Values {
  readonly services: readonly ServiceView[];
  readonly params: JsonObject;
  readonly env: JsonObject;
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

/** All entries, in an order that the values determine. */
export function entriesIn({ services, params, env }: Values): readonly Entry[] {
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

/** The values without some entries, told by their keys. */
export function without(values: Values, isLeftOut: (key: unknown) => boolean): Values {
  const isIn = ([, value]: Pair): boolean => !isLeftOut(value);
  const services = values.services
    .filter((service) => !isLeftOut(definitionOf(service)))
    .map((service) => {
      const pods = PHASES.flatMap((phase) => [...podsOf(service, phase).values()]);
      if (!pods.some(isLeftOut)) return service;
      return withPods(service, { change: (pair) => (isIn(pair) ? pair : undefined) });
    });
  const texts = (kind: 'param' | 'env', all: JsonObject): JsonObject => {
    const pairs = entriesOf(all);
    const left = pairs.filter(([name]) => !isLeftOut(`${kind} ${plain(name)}`));
    return left.length === pairs.length ? all : dictOf(left);
  };
  return { services, params: texts('param', values.params), env: texts('env', values.env) };
}

/** What a service keeps while nothing but its pods changes. */
export const definitionOf = (service: ServiceView): unknown => memberOf(service, 'selector');

/** What tells an entry from all others, for as long as it is the same. */
export function keyOf({ kind, name, value }: Entry): unknown {
  if (kind === 'service') return definitionOf(value as ServiceView);
  return kind === 'pod' ? value : `${kind} ${name}`;
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
    params: tellTexts('param', values.params),
    env: tellTexts('env', values.env),
  };
}
