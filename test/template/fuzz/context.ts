import { Float } from '../../../functions/template/index.ts';
import type { Chance } from './chance.ts';

/** Random contexts, with the same names always. */
const STRINGS = [
  '',
  'a',
  'abc',
  'Hello World',
  'x-y_z',
  '<b>&"\'',
  'é',
  '😀 ok',
  ' pad ',
  '42',
  '-7',
  '3.5',
  'a,b,,c',
  'line\nnext\n',
  'ZZ',
  'web',
  '10.0.0.1',
  '^re.*',
];
const KEYS = ['a', 'b', 'name', 'port', 'items', 'path', 'x y', 'é', '10', '9'];

const text = (chance: Chance): string => chance.pick(STRINGS);
const integer = (chance: Chance): number | bigint =>
  chance.pick([0, 1, 2, 3, 5, 7, 10, 42, 100, -1, -3, 255, 1000000, 12345678901234567890n]);
const fraction = (chance: Chance): number | Float =>
  chance.pick([
    0.5,
    1.5,
    -2.25,
    3.25,
    0.1,
    1e-7,
    99.99,
    new Float(1),
    new Float(-20),
    new Float(1e16),
  ]);

function value(chance: Chance, depth: number): unknown {
  const kinds = depth > 0 ? 9 : 6;
  switch (chance.below(kinds)) {
    case 0:
      return integer(chance);
    case 1:
      return fraction(chance);
    case 2:
      return chance.pick([true, false, null]);
    case 6:
      return chance.many(0, 4, () => value(chance, depth - 1));
    case 7:
    case 8:
      return dict(chance, depth);
    default:
      return text(chance);
  }
}

function dict(chance: Chance, depth: number): ReadonlyMap<string, unknown> {
  const keys = chance.many(0, 4, () => chance.pick(KEYS));
  return new Map(keys.map((key) => [key, value(chance, depth - 1)]));
}

const pod = (chance: Chance): unknown => ({
  status: chance.one(5) ? {} : { podIP: `10.0.0.${chance.below(256)}` },
  metadata: { name: `pod-${chance.below(100)}`, labels: chance.one(2) ? {} : { w: text(chance) } },
});

function service(chance: Chance): unknown {
  const pods = chance.many(
    0,
    3,
    () => [`p${chance.pick(['a', 'b', 'c', 'd'])}`, pod(chance)] as const,
  );
  return {
    name: chance.pick(['web', 'api', 'Db', 'cache']),
    ports: chance.many(0, 3, () => integer(chance)),
    hostnames: chance.many(0, 2, () => chance.pick(['a.example.com', '^.*\\.b\\.com$'])),
    ...(chance.one(2) ? { path: text(chance) } : {}),
    pods: Object.fromEntries(pods),
  };
}

/** Names by the type of what they hold; `nope` is never there. */
export const NAMES = {
  str: ['s', 't'],
  int: ['i', 'n'],
  float: ['f'],
  bool: ['yes', 'no'],
  list: ['ints', 'words', 'mixed', 'services'],
  dict: ['d', 'e'],
  any: ['v', 'w', 'none_', 'nope'],
} as const;

export function makeContext(chance: Chance): Record<string, unknown> {
  return {
    s: text(chance),
    t: text(chance),
    i: integer(chance),
    n: integer(chance),
    f: fraction(chance),
    yes: true,
    no: false,
    none_: null,
    ints: chance.many(0, 5, () => integer(chance)),
    words: chance.many(0, 5, () => text(chance)),
    mixed: chance.many(0, 4, () => value(chance, 2)),
    services: chance.many(1, 3, () => service(chance)),
    d: dict(chance, 2),
    e: dict(chance, 1),
    v: value(chance, 2),
    w: value(chance, 2),
  };
}
