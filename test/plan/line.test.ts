import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLine } from '../../reloader/config/line.ts';
import { folder } from '../kit/folder.ts';
import { startHaproxy } from '../runtime/haproxy.ts';

/** Words as they can be written, each of which HAProxy shows as the value of a variable of its environment. */
const WRITTEN = [
  'plain',
  'a\\ b',
  '"a b"',
  "'a b'",
  'a"b c"d',
  `a'b "c'd`,
  `"it's"`,
  '\\#no-comment',
  '"#"',
  "'#'",
  'a#comment',
  'a\\\\b',
  '"a\\\\b"',
  "'a\\\\b'",
  '\\"',
  "\\'",
  '"\\""',
  'x\\x41y',
  '"x\\x41y"',
  "'x\\x41y'",
  'a\\tb',
  '"a""b"',
  '"a\\ b"',
  '"a\\#b"',
  '"a\\\'b"',
  '"a\\tb"',
  'a;b',
  '{a}',
];

test('words are read as HAProxy reads them', async (t) => {
  const root = await folder();
  const lines = WRITTEN.map((word, i) => `  setenv KH_${i} ${word}`);
  const config = `global\n${lines.join('\n')}\ndefaults\n  mode http\n  timeout client 1s\n  timeout server 1s\n  timeout connect 1s\nfrontend f\n  bind unix@${root}/f.sock\n`;
  const instance = await startHaproxy(t, { root, config });
  for (const [i, line] of lines.entries()) {
    const result = parseLine(line, 1);
    assert.equal(result.kind, 'words', line);
    if (result.kind !== 'words' || result.line.opaque) continue;
    const shown = await instance.ask(`show env KH_${i}`);
    assert.equal(shown, `KH_${i}=${result.line.words[2] ?? ''}`.trim(), line);
  }
});

test('what cannot be told from the text alone is opaque', () => {
  for (const word of ['"$X"', '$X', "'$X'", 'a\\$b', '"a\\$b"', 'a\\q', '\\x00', '\\xe9', '\\xZZ'])
    assert.deepEqual(
      [parseLine(`setenv A ${word}`, 1)].map((r) => r.kind === 'words' && r.line.opaque),
      [true],
      word,
    );
});

test('broken and blank lines', () => {
  for (const text of ['a "b', "a 'b", 'a b\\', 'a\0b'])
    assert.equal(parseLine(text, 1).kind, 'broken', JSON.stringify(text));
  for (const text of ['', '  \t', '# a', '  # "'])
    assert.equal(parseLine(text, 1).kind, 'blank', JSON.stringify(text));
});
