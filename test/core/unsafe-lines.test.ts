/** What a value may bring where a template prints it in a line of haproxy.cfg, and what leaves its entry out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { briefs, render, service, type Texts } from './unsafe/rendered.ts';

/** A line of a template that prints a value as `v`, and values with what becomes of each. */
const LINES: ReadonlyArray<readonly [line: string, refused: Texts, taken: readonly string[]]> = [
  [
    'bind {{v}} name x',
    {
      'a b': 'ends its word',
      'a\tb': 'is a control character',
      'a\u0000b': 'is a control character',
      'a\u0085b': 'breaks the line',
      'a\u2028b': 'breaks the line',
      'a\rb': 'breaks the line',
      ' ': 'ends its word',
      "it's": 'opens or closes a quote',
      '"': 'opens or closes a quote',
      'a#b': 'begins a comment',
      'a\\': 'escapes what follows it',
      '\\n': 'escapes what follows it',
      '\\x0a': 'escapes what follows it',
      '"$X"': 'reads an environment variable',
    },
    [
      'a',
      ' a ',
      "'a b'",
      '"a b"',
      'a\\ b',
      '\\d+',
      'a$',
      `$${'{X}'}`,
      'é',
      'a,b',
      '',
      '😀',
      'a\u00a0b',
    ],
  ],
  [
    'log-tag "{{v}}" x',
    { '"': 'opens or closes a quote', $X: 'reads an environment variable', '\\': 'escapes' },
    ['a b', "it's", '#', 'a  ', '\\d'],
  ],
  [
    "log-tag '{{v}}' x",
    { "'": 'opens or closes a quote', 'a\nb': 'breaks the line' },
    ['"$X" \\ #'],
  ],
  ['use_backend x if { path {{v}} } y', { '}': 'opens or closes a condition' }, ['a}', '{}']],
  ["use_backend x if { path '{{v}}' }", { '}': 'opens or closes a condition' }, ['{ }']],
  ['# {{v}}', { 'a\nb': 'breaks the line' }, ['a b "#$']],
  [
    '{{v}} x',
    { frontend: 'begins something else', '.if': 'begins something else' },
    ['bind', 'front'],
  ],
  ['acl {{v}}', {}, ['frontend']],
  [
    'path_reg ^/{{v|re_escape}}$ y',
    { 'a\nb': 'breaks the line', '"': 'opens or closes a quote' },
    ['a b', 'a.b\\c', '#'],
  ],
  ['x {{ [v, v]|join(" ") }} {{ v ~ " y" }} {{ "%s z" % v }}', { 'a b': 'ends its word' }, ['a']],
  ['x {{ v|upper }} {{ v[1:] }} {{ v.split(",")[1] }}', { 'a,b c,d': 'ends its word' }, ['a,b']],
  ['x {{ v|replace("_", " ") }}', { 'a b_c': 'ends its word' }, ['a_b']],
  ['x {{ v|replace(" ", "-") }} {{ v.split()|join }}', {}, ['a b  c']],
  ['x {{ (v|tojson) }} y', { a$B: 'reads an environment variable' }, ['a b"c\'d#', 'a']],
  ['x {{ v|words }}', { 'a\nb': 'breaks the line' }, ['a b # "c']],
  ['x {{ v|lines }}', { 'a\u0000': 'is a control character' }, ['a b\n  c']],
  ['x {{ v|quote }} y', { 'a\nb': 'breaks the line' }, ['a b', "it's", '$X', '\\', '', '#']],
  ['x {{ v|word }} {{ v|regex }} y', {}, ['a b', "it's", '$X\\', '{}', '#', '']],
  ['x {{ v|hostname }} y', { '#': 'begins a comment' }, ['a b', "it's", '$X\\', '']],
  ['x {{ v|e }}', { "a'b": 'begins a comment' }, ['a']],
  ['x {{ v|striptags }}', { 'a&#10;b': 'breaks the line' }, ['<b>a</b>']],
  ['x {{ "%s"|format(v) }} {{ v.format(1) }}', { '{:<3}y': 'ends its word' }, ['{}']],
  ['x {{ v.encode("utf-8").decode("utf-8") }}', { 'a b': 'ends its word' }, ['a']],
  ['x {% for c in v %}{{ c }}{% endfor %}', { 'a b': 'ends its word' }, ['a']],
  ['x {% set w %}{{ v }}!{% endset %}{{ w }}', { 'a b': 'ends its word' }, ['a']],
  ['{% macro m(a) %}<{{ a }}>{% endmacro %}x {{ m(v) }}', { 'a b': 'ends its word' }, ['a']],
];

for (const [line, refused, taken] of LINES) {
  test(`values in: ${line}`, () => {
    const template = `{% for s in services %}{% set v = s.v %}${line}\n{% endfor %}`;
    const given = (v: string) => render({ template, services: { web: service({ v }) } });
    for (const [v, deed] of Object.entries(refused)) {
      const { config, diagnostics } = given(v);
      assert.equal(config, '\n', JSON.stringify(v));
      assert.match(diagnostics[0]?.message ?? '', new RegExp(` ${deed}`), JSON.stringify(v));
    }
    for (const v of taken) {
      const off = render({
        template,
        services: { web: service({ v }) },
        settings: { unsafeValues: 'off' },
      });
      const { config, diagnostics } = given(v);
      assert.deepEqual(briefs(diagnostics), [], JSON.stringify(v));
      assert.equal(config, off.config);
    }
  });
}
