import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Proxies, readProxies } from '../../reloader/config/proxy.ts';
import type { Configuration } from '../../reloader/config/configuration.ts';
import { parseConfiguration } from '../../reloader/config/sections.ts';
import { createRandom, type Random } from '../runtime/random.ts';

const LINES = [
  ...['global', 'defaults', 'defaults from a', 'defaults a', 'defaults a from b', 'frontend f'],
  ...['backend b', '  backend b from a', '"backend" c', 'backend "c', 'backend $X', 'listen l'],
  ...['server s 10.0.0.1:80', '  server t 10.0.0.2:80 check', ' default-server weight 3', ''],
  ...['  default-server check', '# backend z', '  mode http', '.if feature(LUA)', '.endif', '\\'],
  ...['server-template x 1-3 a:80', 'server "s t', 'bac\\kend d', ' # x', '\t', "'global'", 'é ü'],
];

const randomLines = (random: Random) =>
  Array.from({ length: random.below(40) }, () => random.pick(LINES));

/** A few lines more, less, moved or doubled; or two that are one, or one that is two. */
function edit(random: Random, lines: readonly string[]): readonly string[] {
  const at = random.below(lines.length + 1);
  const [before, after] = [lines.slice(0, at), lines.slice(at)];
  const [first = '', ...rest] = after;
  const place = random.below(first.length + 1);
  switch (random.below(6)) {
    case 0:
      return [...before, random.pick(LINES), ...after];
    case 1:
      return [...before, ...after.slice(1 + random.below(3))];
    case 2:
      return [...after, ...before];
    case 3:
      return [...before.slice(0, -1), `${before.at(-1) ?? ''} ${first}`, ...rest];
    case 4:
      return [...before, first.slice(0, place), first.slice(place), ...rest];
    default:
      return [...before, ...after.slice(0, 5), ...after];
  }
}

interface Read {
  readonly configuration: Configuration;
  readonly proxies: Proxies;
}

function read(text: string, previous?: Read): Read {
  const configuration = parseConfiguration(text, previous?.configuration);
  return { configuration, proxies: readProxies(configuration, previous?.proxies) };
}

it('a configuration read with the help of another one is read as without', () => {
  const random = createRandom(7);
  for (let run = 0; run < 300; run += 1) {
    let lines = randomLines(random);
    let known: Read | undefined;
    for (let step = 0; step < 8; step += 1) {
      const text = lines.join('\n');
      const helped = read(text, known);
      assert.deepEqual(helped, read(text), text);
      known = helped;
      lines = [...edit(random, lines)];
    }
  }
});
