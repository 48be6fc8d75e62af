/** What is told at a glance, kept with a fragment or put together of several is what reading each line as a whole tells. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Breach, breachIn } from '../../functions/core/structure/breach.ts';
import { StructureCheck } from '../../functions/core/structure/check.ts';
import type { Readers } from '../../functions/core/structure/file-readers.ts';
import { readHaproxyLine } from '../../functions/core/structure/haproxy-line.ts';
import {
  readCrtListLine,
  readMapLine,
  readPatternLine,
} from '../../functions/core/structure/list-lines.ts';
import { foreign, isForeign, LINE_WORDS, plain } from '../../functions/template/foreign.ts';
import { Fragment, plainOf } from '../../functions/template/fragment.ts';
import { upTo } from '../kit/full-size.ts';
import { Seeded } from '../template/seeded.ts';

const FILES = upTo(2_000, 20_000);
const OWN = [
  ...['a', 'b1', 'kw', ' ', '  ', '\t', '"', "'", '\\', '#', '$', '{', '}', '%', '&', '/'],
  ...[`$${'{X}'}`, '\\n', '\\x41', '\\x', '\\ ', '\\"', '[*]', '.', 'é', 'ł', '😀', 'x', 't'],
  ...['backend', '.if'],
];
const MILD = ['a', 'b', 'kw', ' ', '"', "'", 'x1', '\\'];
const VALUES = [
  ...[' ', '"', "'", '\\', '#', '$', '{', '}', '%', '&', '\n', '\t', '\u0000', '\u0085'],
  ...['\u2028', '\u00a0', '\u2003', '\ufeff', 'a b', '"x"', "it's", '\\ \\#', '{}', '$X', '# c'],
  ...['\\d+\\.', '"a b"', 'a"b"c', ...LINE_WORDS],
].map((value) => foreign(value));

const READERS: readonly Readers[] = [
  [readHaproxyLine],
  [readMapLine],
  [readPatternLine],
  [readCrtListLine],
  [readMapLine, readPatternLine],
  [undefined],
];

function randomLine(random: Seeded): string {
  const [own, share] = random.chance(0.5) ? [OWN, 0.55] : [MILD, 0.75];
  let line = '';
  for (let i = random.below(12); i > 0; i--) {
    line += random.chance(share) ? random.pick(own) : random.pick(VALUES);
  }
  return line;
}

/** The text in pieces that cut no character in two. */
function cut(text: string, random: Seeded): Fragment[] {
  const pieces: string[] = [];
  for (const character of text) {
    if (pieces.length === 0 || random.chance(0.05)) pieces.push(character);
    else pieces.push(`${pieces.pop()}${character}`);
  }
  return pieces.map((piece) => new Fragment(piece));
}

function breachesIn(text: string, readers: Readers): readonly Breach[] {
  const breaches: Breach[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const found = isForeign(line)
      ? readers.map((read) => breachIn(line, read)).find((breach) => breach !== undefined)
      : undefined;
    if (found) breaches.push({ ...found, offset: start + found.offset });
    start += line.length + 1;
  }
  return breaches;
}

test('whatever is told of fragments is what reading each line tells', () => {
  const random = new Seeded(1);
  for (let i = 0; i < FILES; i++) {
    const readers = random.pick(READERS);
    const lines = Array.from({ length: 1 + random.below(6) }, () => randomLine(random));
    const text = lines.join('\n');
    const fragments = cut(text, random);
    const expected = breachesIn(text, readers);
    const check = new StructureCheck();
    for (const round of ['first', 'again']) {
      assert.deepEqual(check.find(fragments, readers), expected, `${round}: ${plain(text)}`);
    }
    assert.equal(plainOf(fragments), plain(text));
  }
});
