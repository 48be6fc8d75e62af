import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Parsed } from '../../reloader/config/proxy.ts';
import { capabilitiesOf } from '../../reloader/haproxy/capabilities.ts';
import { readConfiguration } from '../../reloader/plan/reading.ts';
import { createPlanner, plan } from '../../reloader/plan.ts';
import { upTo } from '../kit/full-size.ts';
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

/** Sections are found by what they are, not by what is in them: two may be alike to the letter. */
function assertEachHasItsPlace({ sections, starts, text, proxies }: Parsed): void {
  const all = new Set(sections);
  assert.equal(all.size, sections.length);
  for (const { section, defaults } of proxies)
    for (const each of [section, ...defaults]) assert.ok(all.has(each), text);
  const lines = text.split('\n');
  sections.forEach((section, i) => {
    const start = (starts[i] as number) - 1;
    const length = section.text.split('\n').length;
    assert.equal(lines.slice(start, start + length).join('\n'), section.text);
  });
}

it('a configuration read with the help of another one is read as without', () => {
  const random = createRandom(7);
  for (let run = 0; run < upTo(100, 300); run += 1) {
    let lines = randomLines(random);
    let known: Parsed | undefined;
    for (let step = 0; step < 8; step += 1) {
      const text = lines.join('\n');
      const helped = readConfiguration(text, known);
      assert.deepEqual(helped, readConfiguration(text), text);
      assertEachHasItsPlace(helped);
      known = helped;
      lines = [...edit(random, lines)];
    }
  }
});

const BASE = [
  'global\n  maxconn 100',
  'defaults d\n  mode http\n  default-server check',
  'frontend f\n  bind 127.0.0.1:1\n  use_backend %[req.hdr(host),map(/x)]',
];
/** In each of these ways a backend may be written: with other servers, or other lines. */
const WAYS = [
  ['server s 10.0.0.1:80', 'server t 10.0.0.2:80'],
  ['server s 10.0.0.1:80', 'server u 10.0.0.3:80 weight 2'],
  ['server s 10.0.0.1:80', '', 'server t 10.0.0.2:80'],
  ['balance leastconn', 'server s 10.0.0.1:80'],
];
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

const backend = (random: Random) =>
  [`backend ${random.pick(NAMES)} from d`, ...random.pick(WAYS.slice(0, 3))].join('\n  ');

const keyOf = (section: string) => section.split(' ', 2).join(' ');

/** A backend more, or written otherwise; less, and with it what follows moved; seldom in another way. */
function editSections(random: Random, sections: readonly string[]): readonly string[] {
  const at = BASE.length + random.below(sections.length - BASE.length + 1);
  const [before, after] = [sections.slice(0, at), sections.slice(at)];
  switch (random.below(12)) {
    case 0:
      return [...before, ...after.slice(0, 1), ...after];
    case 1:
      return [...after, ...before];
    case 2:
      return [
        ...before,
        `backend ${random.pick(NAMES)}\n  ${random.pick(WAYS).join('\n  ')}`,
        ...after,
      ];
    case 3:
    case 4:
      return [...before, ...after.slice(1)];
    default: {
      const section = backend(random);
      const known = sections.findIndex((each) => keyOf(each) === keyOf(section));
      return known < 0 ? [...before, section, ...after] : sections.with(known, section);
    }
  }
}

it('a plan made with the help of what is known is the same as without', () => {
  const random = createRandom(11);
  const kinds = new Map<string, number>();
  const capabilities = capabilitiesOf([3, 4]);
  for (let run = 0; run < upTo(100, 300); run += 1) {
    const helped = createPlanner();
    let sections: readonly string[] = BASE;
    for (let step = 0; step < 10; step += 1) {
      const next = editSections(random, sections);
      const [old, now] = [sections, next].map((all) => [
        { path: 'haproxy.cfg', content: `${all.join('\n\n')}\n` },
      ]);
      const input = { old: old ?? [], new: now ?? [], root: '/current', capabilities };
      const fresh = plan(input);
      assert.deepEqual(helped(input), fresh, next.join('\n'));
      kinds.set(fresh.kind, (kinds.get(fresh.kind) ?? 0) + 1);
      sections = next;
    }
  }
  assert.ok(
    ['nothing', 'runtime', 'reload'].every((kind) => (kinds.get(kind) ?? 0) > upTo(100, 300)),
    JSON.stringify([...kinds]),
  );
});
