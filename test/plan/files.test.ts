import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FileRow, fileTable } from './file-table.ts';
import { planOf, ROOT, told } from './kit.ts';

const PROXIES = (rule: string) =>
  `defaults\n  mode http\nfrontend f\n  bind 127.0.0.1:80\n  ${rule}\n  default_backend b\nbackend b\n  server a 10.0.0.1:80\n`;
const MAP = PROXIES(`http-request set-header x %[path,map_beg(${ROOT}/files/a.map,none)]`);

const PATH = 'files/a.map';
const table = fileTable({ path: PATH, config: MAP });
const many = (entries: readonly string[]) => entries.map((entry) => `${entry}\n`).join('');
const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));
const ENTRIES = letters.map((letter) => `/${letter} x`);
const [first = '', ...others] = ENTRIES;

describe('few entries of a map', () => {
  const ordered = PROXIES(`http-request set-header x %[path,map_reg(${ROOT}/files/a.map,none)]`);
  const changed = (how: string) => [`change-map ${ROOT}/files/a.map ${how}`];
  const replaced = (n: number) => [`replace-map ${ROOT}/files/a.map ${n}`];
  const all = many(ENTRIES);
  table([
    { why: 'some come', old: all, now: many(['/1 x', ...ENTRIES, '/2 x']), steps: changed('+2') },
    { why: 'one goes', old: all, now: many(others), steps: changed('-1') },
    { why: 'one other value', old: all, now: many(['/a y z', ...others]), steps: changed('/a') },
    {
      why: 'two other values are for one moment',
      old: all,
      now: many(['/a y', '/b y', ...others.slice(1)]),
      steps: replaced(26),
    },
    {
      why: 'one comes as another goes',
      old: all,
      now: many([...others, '/1 x']),
      steps: replaced(26),
    },
    {
      why: 'so many that a new version is as cheap',
      old: all,
      now: many([...ENTRIES, '/1 x', '/2 x', '/3 x', '/4 x']),
      steps: replaced(30),
    },
    {
      why: 'a value that a command line might misread',
      old: all,
      now: many(['/a x;y "z" <<', ...others]),
      steps: changed('/a'),
    },
    {
      why: 'a key that a command takes for a reference',
      old: many([' # x', ...ENTRIES]),
      now: many([' # y', ...ENTRIES]),
      steps: replaced(27),
    },
    {
      why: 'a key twice',
      old: all,
      now: many([...ENTRIES, '/a y']),
      steps: replaced(27),
    },
    {
      why: 'a list: at its end',
      config: ordered,
      old: all,
      now: many([...ENTRIES, '/1 x']),
      steps: changed('+1'),
    },
    {
      why: 'a list: before others',
      config: ordered,
      old: all,
      now: many(['/1 x', ...ENTRIES]),
      steps: replaced(27),
    },
    {
      why: 'a list: others in another order',
      config: ordered,
      old: all,
      now: many([...others.slice(0, 24), first, ...others.slice(25), '/1 x']),
      steps: replaced(26),
    },
  ]);
});

describe('maps', () => {
  const replaced = (n: number) => [`replace-map ${ROOT}/files/a.map ${n}`];
  table([
    { why: 'an entry more', old: '/a x\n', now: '/a x\n/b y\n', steps: replaced(2) },
    { why: 'all entries gone', old: '/a x\n', now: '', steps: replaced(0) },
    {
      why: 'another order, which decides for some kinds',
      old: '/a x\n/b y\n',
      now: '/b y\n/a x\n',
      steps: replaced(2),
    },
    {
      why: 'comments, blank lines and blanks',
      old: '/a x\n',
      now: '# c\n\n  /a \t x \r\n',
      steps: ['nothing'],
    },
    {
      why: 'a key without a value',
      old: '/a x\n',
      now: '/a\n',
      steps: /^reload: .*line 1 is not a key/,
    },
    { why: 'a control character', old: '/a x\n', now: '/a x\u0007\n', steps: /^reload: .*control/ },
    {
      why: 'a line longer than a buffer',
      old: '/a x\n',
      now: `/a ${'x'.repeat(9000)}\n`,
      steps: /^reload: .*8000/,
    },
    { why: 'one that comes', old: undefined, now: '/a x\n', steps: /^reload: .*comes or goes/ },
    {
      why: 'two maps in one line',
      config: PROXIES(
        `http-request set-header x %[path,map(${ROOT}/files/b.map)]%[path,map_reg(${ROOT}/files/a.map,x)]`,
      ),
      old: '/a x\n',
      now: '/b y\n',
      steps: replaced(1),
    },
  ]);
});

describe('files that HAProxy reads only when it starts', () => {
  const row = (why: string, rule: string, steps: RegExp): FileRow => ({
    why,
    config: PROXIES(rule),
    old: 'a 1\n',
    now: 'a 2\n',
    steps,
  });
  table([
    row(
      'an error file',
      `errorfile 503 ${ROOT}/files/a.map`,
      /^reload: .*line 5 reads it when HAProxy starts/,
    ),
    row('a folder of error files', `errorfiles ${ROOT}/files`, /^reload: .*line 5 reads it/),
    row(
      'a map that rules change',
      `http-request set-map(${ROOT}/files/a.map) %[path] x`,
      /^reload: .*line 5 reads it/,
    ),
    row('a body', `http-request return file ${ROOT}/files/a.map`, /^reload: .*line 5 reads it/),
    row(
      'a path that is not the release’s own',
      'http-request set-header x %[path,map(/elsewhere/a.map)]',
      /^reload: .*line 5 names it/,
    ),
    row(
      'a path out of the environment',
      'http-request set-header x "%[path,map($DIR/a.map)]"',
      /^reload: .*line 5 names it/,
    ),
    row(
      'Lua, which might read anything',
      'http-request lua.x\nglobal\n  lua-load /x.lua',
      /^reload: .*lua-load on line 7/,
    ),
    row('relative certificates', 'bind 127.0.0.1:81 ssl crt ssl', /^reload: .*crt on line 5/),
  ]);
  table([
    {
      why: 'a file that nothing names',
      config: PROXIES('http-request set-header x y'),
      old: 'a',
      now: 'b',
      steps: ['nothing'],
    },
  ]);
});

describe('order of effects', () => {
  it('dead servers leave, new ones come, then maps, then deletions', () => {
    const change = (server: string) =>
      MAP.replace('a 10.0.0.1', `k 10.0.0.9:80\n  server ${server}`);
    const result = planOf(
      { config: change('a 10.0.0.1'), files: { [PATH]: '/a x\n' } },
      { config: change('b 10.0.0.2'), files: { [PATH]: '/a y\n' } },
    );
    assert.deepEqual(told(result), [
      'disable-server b/a',
      'add-server b/b 10.0.0.2:80',
      `replace-map ${ROOT}/files/a.map 1`,
      'delete-server b/a',
    ]);
  });
});
