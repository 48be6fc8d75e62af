import { describe } from 'node:test';
import { type FileRow, fileTable } from './file-table.ts';
import { ROOT } from './kit.ts';

const FILE = `${ROOT}/files/list`;
const frontend = (...rules: readonly string[]) =>
  `defaults\n  mode http\nfrontend f\n  bind 127.0.0.1:80\n${rules.map((rule) => `  ${rule}\n`).join('')}`;
const BLOCK = frontend(`acl blocked src -f ${FILE}`, 'http-request deny if blocked');

const table = fileTable({ path: 'files/list', config: BLOCK });
const text = (patterns: readonly string[]) => patterns.map((pattern) => `${pattern}\n`).join('');
const NETS = Array.from({ length: 40 }, (_, i) => `10.0.${i}.0/24`);
const [first = '', second = '', ...others] = NETS;
const all = text(NETS);
const changed = (added: number, removed: number) => [`change-acl ${FILE} +${added} -${removed}`];
const replaced = (count: number) => [`replace-acl ${FILE} ${count}`];

describe('few patterns of a list', () => {
  table([
    {
      why: 'some come',
      old: all,
      now: text(['1.1.1.1', ...NETS, '2.2.2.2']),
      steps: changed(2, 0),
    },
    { why: 'some go', old: all, now: text(others), steps: changed(0, 2) },
    {
      why: 'a network becomes its halves: what is blocked stays blocked',
      old: all,
      now: text(['10.0.0.0/25', '10.0.0.128/25', second, ...others]),
      steps: changed(2, 1),
    },
    {
      why: 'one that a command line might misread',
      old: all,
      now: text([...NETS, 'a;b "c" <<\\']),
      steps: changed(1, 0),
    },
    {
      why: 'so many that a new version is as cheap',
      old: all,
      now: text([...NETS, '1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4', '1.1.1.5']),
      steps: replaced(45),
    },
    {
      why: 'one that a deletion takes for a reference',
      old: text([' #0x1', ...NETS]),
      now: all,
      steps: replaced(40),
    },
    {
      why: 'one that is there twice, of which a deletion may leave one',
      old: text([first, ...NETS]),
      now: text([second, ...others]),
      steps: replaced(39),
    },
  ]);
});

describe('lists', () => {
  table([
    { why: 'a pattern more', old: 'a\n', now: 'a\nb\n', steps: replaced(2) },
    { why: 'all patterns gone', old: 'a\n', now: '', steps: replaced(0) },
    { why: 'the first patterns', old: '# none\n', now: 'a\n', steps: replaced(1) },
    {
      why: 'another order, comments, blank lines, blanks before patterns, the same one twice',
      old: 'a\nb\n',
      now: '# c\n\n \t \n  b\r\na\nb\n',
      steps: ['nothing'],
    },
    { why: 'what follows a CR', old: 'a\n', now: 'a\rb\rc\n', steps: ['nothing'] },
    { why: 'a blank after a pattern', old: 'a\n', now: 'a \n', steps: replaced(1) },
    { why: 'a # after a blank', old: 'a\n', now: 'a\n #b\n', steps: replaced(2) },
    {
      why: 'a tab in a pattern',
      old: 'a\n',
      now: 'a\tb\n',
      steps: /^reload: .*line 1 has a control/,
    },
    {
      why: 'one that a command has no room for',
      old: 'a\n',
      now: `a\n${'b'.repeat(4001)}\n`,
      steps: /^reload: .*line 2 is over 4000/,
    },
    { why: 'one that was not understood', old: 'a\tb\n', now: 'a\n', steps: replaced(1) },
    { why: 'one that comes', old: undefined, now: 'a\n', steps: /^reload: .*comes or goes/ },
  ]);
});

describe('uses of a list', () => {
  const row = (
    why: string,
    rules: string | readonly string[],
    steps: FileRow['steps'] = replaced(2),
  ): FileRow => ({
    why,
    config: frontend(...[rules].flat()),
    old: 'a\n',
    now: 'a\nb\n',
    steps,
  });
  table([
    row('flags before it', `acl x hdr(host) -i -m beg -n -f ${FILE}`),
    row('flags and patterns after it', `acl x path_reg -f ${FILE} -i -- -a b`),
    row('two files', `acl x path_sub -f ${ROOT}/files/other -f ${FILE}`),
    row('a name for the patterns of the line', `acl x path -u 7 -f ${FILE} /x`),
    row('in several ACLs, with other flags each', [
      `acl x path_beg -i -f ${FILE}`,
      `acl x path -m reg -f ${FILE}`,
    ]),
    row('in braces', `use_backend b if { src -f ${FILE} }`),
    row(
      'in braces, negated, after others',
      `http-request deny unless x or !{ path -m found } !{ src -f ${FILE} }`,
    ),
    row('in a rule of another kind', `tcp-request connection reject if { src -f ${FILE} }`),
    row('as a map', `acl x hdr(host) -M -f ${FILE}`, /^reload: .*map .*not a key with a value/),
    row('-M after it', `acl x hdr(host) -f ${FILE} -M`),
    row('as a pattern', `acl x path -i ${FILE}`, /^reload: .*line 5 reads it/),
    row('no flag of an ACL', `http-request lua.x -f ${FILE}`, /^reload: .*line 5 reads it/),
    row(
      'no flag of an ACL, before a condition',
      `http-request lua.x { y -f ${FILE} if z`,
      /^reload: .*line 5 reads it/,
    ),
    row('a word out of the environment', `acl x "$FETCH" -f ${FILE}`, /^reload: .*line 5 reads it/),
    row('an optional file', `acl x src -f opt@${FILE}`, /^reload: .*line 5 reads it/),
    row(
      'a path that is not the release’s own',
      'acl x src -f /elsewhere/list',
      /^reload: .*line 5 names it/,
    ),
    row(
      'rules that change it',
      [`acl x src -f ${FILE}`, `http-request add-acl(${FILE}) %[src]`],
      /^reload: .*line 6 reads it/,
    ),
    row(
      'a map, too',
      [`acl x path -f ${FILE}`, `http-request deny if { path,map(${FILE}) -m found }`],
      /^reload: .*more than one of/,
    ),
    row(
      'a filter with a configuration of its own',
      'filter spoe engine e config /etc/spoe.conf',
      /^reload: .*filter spoe on line 5/,
    ),
  ]);
  table([
    {
      why: 'one that an ACL reads as a map',
      config: frontend(`acl x hdr(host) -M -f ${FILE}`),
      old: 'a 1\n',
      now: 'b 1\n',
      steps: [`replace-map ${FILE} 1`],
    },
  ]);
});
