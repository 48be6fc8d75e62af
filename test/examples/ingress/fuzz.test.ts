import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManifestText } from '../../../functions/index.ts';
import { Seeded } from '../../template/seeded.ts';
import { renderTexts } from '../example.ts';
import { ANNOTATIONS } from './annotations.ts';
import { textsOf } from './cluster.ts';
import { ingress, whole } from './objects.ts';
import { RULES } from './rules.ts';

const PIECES = [
  ...[
    ' ',
    '\n',
    '\r',
    '\t',
    '\0',
    '\u007f',
    '\u00a0',
    '\u2028',
    '"',
    "'",
    '\\',
    '#',
    '$',
    '$' + '{A}',
  ],
  ...['%', '%[src]', '{', '}', '|', ',', ';', '(', ')', '[', ']', '*', '.*', '^', '=', '~', '/'],
  ...['_', '-', '--', '-f', '\n    server evil 10.9.9.9:1', ' check ', ' # ', '\\\n', 'é', '😀'],
];
/** Whoever writes an Ingress chooses these; names are checked by the API server, and are what all is found by. */
const FREE = /^(?:annotations|host|hosts|path|secretName)$/;
const ROUNDS = 2;

function mutate(text: string, random: Seeded): string {
  let mutated = text;
  for (let i = random.below(3); i > 0; i -= 1) {
    const at = random.below(mutated.length + 1);
    mutated = mutated.slice(0, at) + random.pick(PIECES) + mutated.slice(at);
  }
  return mutated;
}

/** The value with some of its free texts made something else. */
function mutated(value: unknown, random: Seeded, isFree = false): unknown {
  if (typeof value === 'string')
    return isFree && random.chance(0.3) ? mutate(value, random) : value;
  if (Array.isArray(value)) return value.map((item) => mutated(item, random, isFree));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      mutated(item, random, isFree || FREE.test(key)),
    ]),
  );
}

const linesOf = (texts: readonly ManifestText[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    renderTexts(texts, { mayLeaveOut: true, mayRemark: true })
      .files.filter(({ path }) => !path.startsWith('ssl/'))
      .map(({ path, content }) => [path, content.split('\n')]),
  );

/** All that lines of Ingresses begin with, in the configuration. */
const BEGINNINGS = new RegExp(
  `^(?:backend default_\\S+ from apps| {4}(?:${[
    ...['server', 'balance', 'hash-type consistent$', 'timeout connect', 'cookie', 'stick-table'],
    ...['http-request (?:set-var\\(txn\\.\\w+\\)|deny|return|track-sc0|set-path|replace-path)'],
    'http-after-response set-header',
  ].join('|')})(?: .*)?|)$`,
);

test('whatever stands in an Ingress, the others are served as they were, and no line is another', () => {
  const random = new Seeded(7);
  const kept = [
    ingress({ name: 'kept', created: '2020-01-01T00:00:00Z', rules: whole('kept.test', 'one') }),
    ingress({ name: 'kept-all', created: '2020-01-01T00:00:00Z', defaultBackend: 'all' }),
  ];
  const before = linesOf(textsOf(kept));
  const odd = [...Object.values(RULES), ...Object.values(ANNOTATIONS)]
    .flatMap(({ objects = [] }) => objects)
    .filter((object) => (object as { kind: string }).kind === 'Ingress');
  for (let i = 0; i < ROUNDS; i += 1) {
    const others = Array.from({ length: 50 }, () => mutated(random.pick(odd), random) as object);
    const after = linesOf(textsOf([...kept, ...others]));
    for (const [path, lines] of before) {
      const now = after.get(path) ?? [];
      const more = [...now];
      for (const line of lines) {
        const at = more.indexOf(line);
        assert.ok(at >= 0, `${path} lacks ${line} of ${JSON.stringify(others)}`);
        more.splice(at, 1);
      }
      for (const line of more) {
        if (path === 'haproxy.cfg') assert.match(line, BEGINNINGS);
        else assert.match(line, /^(?:\S+ \S.*|\/etc\S+)?$/, path);
      }
    }
  }
});
