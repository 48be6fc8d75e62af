/** Lines are cut into words as HAProxy itself cuts them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readHaproxyLine } from '../../functions/core/structure/haproxy-line.ts';
import {
  readCrtListLine,
  readMapLine,
  readPatternLine,
} from '../../functions/core/structure/list-lines.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { Seeded } from '../template/seeded.ts';

const PIECES = [
  ...['a', 'b2', ' ', '  ', '\t', '"', "'", '\\', '#', '\\n', '\\x41', '\\x0a', '\\"', "\\'"],
  ...['\\ ', '\\#', '\\$', '$V', `$${'{V}'}`, '$', '{', '}', 'x', 'é', '\\\\', '-', ',', '(', ')'],
  ...['\u00a0', '\u2028', '\u0085'],
];

/** Random text that is one word to HAProxy, with whatever may stand around it. */
function randomWord(random: Seeded): string {
  const text = Array.from({ length: 1 + random.below(9) }, () => random.pick(PIECES)).join('');
  const { words, open } = readHaproxyLine(`set ${text}`);
  // setenv takes one word, and it must not be empty.
  const isFit = open === '' && words.length === 2 && words[1] !== '';
  return isFit ? text : randomWord(random);
}

/** The word of each text as HAProxy has it: by way of its environment, which a Lua script prints. */
async function wordsOfHaproxy(texts: readonly string[]): Promise<readonly string[]> {
  const home = await folder();
  const script = join(home, 'print.lua');
  writeFileSync(
    script,
    `for i = 0, ${texts.length - 1} do io.write("<" .. (os.getenv("T" .. i) or "-") .. ">\\1") end`,
  );
  const lines = texts.map((text, i) => `    setenv T${i} ${text}\n`).join('');
  const file = join(home, 'haproxy.cfg');
  writeFileSync(file, `global\n${lines}    lua-load ${script}\n    stats timeout 1s\n`);
  const env = { ...process.env, V: 'value' };
  const { stdout, stderr } = spawnSync(HAPROXY, ['-c', '-f', file], { encoding: 'utf8', env });
  const words = stdout.split('\x01').slice(0, -1);
  assert.equal(words.length, texts.length, stderr);
  return words.map((word) => word.replace(/^[^<]*</, '').slice(0, -1));
}

test('HAProxy has the same words of random lines', async () => {
  const random = new Seeded(20_26);
  const texts = Array.from({ length: 2000 }, () => randomWord(random));
  const actual = await wordsOfHaproxy(texts);
  for (const [i, text] of texts.entries()) {
    const { words, roles } = readHaproxyLine(`set ${text}`);
    const [, word = ''] = words;
    const expanded = roles.includes(4)
      ? word.replace(/\$\{(\w+)\}|\$(\w+)/g, (_, braced, bare) =>
          (braced ?? bare) === 'V' ? 'value' : '',
        )
      : word;
    assert.equal(actual[i], expanded, JSON.stringify(text));
  }
});

test('each character has its place', () => {
  const { places, words, open } = readHaproxyLine(`  a 'b c'"d"\\ e #f`);
  assert.deepEqual([...places], [-1, -1, 0, -1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -2, -2]);
  assert.deepEqual([words, open], [['a', 'b cd e'], '']);
  assert.equal(readHaproxyLine(`a 'b`).open, "'");
});

test('maps have keys and values, lists patterns, crt-lists words', () => {
  const words = (read: typeof readMapLine, line: string) => read(line).words;
  assert.deepEqual(words(readMapLine, ' a  b c '), ['a', 'b c']);
  assert.deepEqual(words(readMapLine, ' # a b'), []);
  assert.deepEqual(words(readPatternLine, ' a  b '), ['a  b']);
  assert.deepEqual(words(readCrtListLine, 'a.pem [alpn h2] b'), ['a.pem', '[alpn', 'h2]', 'b']);
});
