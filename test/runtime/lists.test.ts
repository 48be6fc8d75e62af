import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Files, startLive } from './live.ts';
import { get } from './observe.ts';

const HEAD = (root: string) => `defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend f
  bind unix@${root}/http.sock
`;
const text = (lines: Iterable<string>) => Array.from(lines, (line) => `${line}\n`).join('');
const many = (count: number, of: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => of(i));

/** A way of matching: a pattern, what it matches, and patterns that match neither. */
const METHODS = {
  str: ['Foo', 'Foo', (i: number) => `filler${i}`],
  beg: ['Foo', 'Foobar', (i: number) => `filler${i}`],
  end: ['Foo', 'barFoo', (i: number) => `filler${i}`],
  sub: ['Foo', 'barFoobar', (i: number) => `filler${i}`],
  dir: ['Foo', 'bar/Foo/bar', (i: number) => `filler${i}`],
  dom: ['Foo', 'bar.Foo.bar', (i: number) => `filler${i}`],
  reg: ['^F\\w+o$', 'Foo', (i: number) => `^filler${i}$`],
  int: ['5:7', '6', (i: number) => String(100 + i)],
  len: ['7', '1234567', (i: number) => String(100 + i)],
  ip: ['10.0.0.0/8', '10.1.2.3', (i: number) => `192.168.${i}.0/24`],
  bin: ['466f6f', 'Foo', (i: number) => `00${(16 + i).toString(16)}`],
} as const;
type Method = keyof typeof METHODS;
const NAMES = Object.keys(METHODS) as Method[];

/** Each file is read by three ACLs: with a name, in braces without regard to case, and below a number. */
const rules = (root: string, method: Method) => {
  const file = `${root}/files/${method}`;
  return `  acl ${method} req.hdr(x-value) -m ${method} -f ${file}
  http-request return status 403 if { path /plain/${method} } ${method}
  http-request return status 403 if { path /case/${method} } { req.hdr(x-value) -m ${method} -i -f ${file} }
  http-request return status 403 if { path /other/${method} } !{ path -- /x } { req.hdr(x-value) -m ${method} -u ${100 + NAMES.indexOf(method)} -f ${file} ${method === 'ip' ? '9.9.9.9' : '99'} }
`;
};
const config = (root: string) =>
  `${HEAD(root)}${NAMES.map((method) => rules(root, method)).join('')}  http-request return status 200\n`;

const fileOf = (method: Method, with_: boolean) => {
  const [pattern, , filler] = METHODS[method];
  return text([...many(30, filler), ...(with_ ? [pattern] : [])]);
};
const filesOf = (of: (method: Method) => string): Files =>
  Object.fromEntries(NAMES.map((method) => [`files/${method}`, of(method)]));

for (const way of ['worker', 'master'] as const)
  test(`a list blocks and unblocks by every way of matching, over the ${way} socket`, async (t) => {
    const without = filesOf((method) => fileOf(method, false));
    const { root, to } = await startLive(t, config, without, way);
    const look = async (isBlocked: boolean, why: string) => {
      for (const method of NAMES)
        for (const use of ['plain', 'case', 'other']) {
          const [, value] = METHODS[method];
          const headers = { 'x-value': use === 'case' ? value.toUpperCase() : value };
          const isByCase = use === 'case' && method === 'bin';
          const answer = await get(root, `/${use}/${method}`, headers);
          assert.match(
            answer,
            isBlocked && !isByCase ? /^403/ : /^200/,
            `${why}: ${use} ${method}`,
          );
        }
    };
    const steps = (how: string) =>
      [...NAMES].sort().map((name) => `change-acl ROOT/files/${name} ${how}`);
    await look(false, 'at the start');
    const with_ = filesOf((method) => fileOf(method, true));
    assert.deepEqual(await to(with_), steps('+1 -0'));
    await look(true, 'a pattern came');
    assert.deepEqual(await to(without), steps('+0 -1'));
    await look(false, 'a pattern left');
    const alone = filesOf((method) => `${METHODS[method][0]}\n`);
    assert.match((await to(alone)).join(), /^(replace-acl ROOT\S+ 1,?)+$/);
    await look(true, 'all others left');
    assert.match((await to(filesOf(() => ''))).join(), /^(replace-acl ROOT\S+ 0,?)+$/);
    await look(false, 'all left');
    assert.match((await to(with_)).join(), /^(replace-acl ROOT\S+ 31,?)+$/);
    await look(true, 'all came back');
  });

/** What a command line, its words, its payloads or its references might be taken for. */
const ODD = [
  'a;b',
  '; show info',
  '"q',
  "'q'",
  '"two words"',
  '#',
  '#0x1',
  '<<',
  'e<<',
  '<<x y',
  '< <',
  'b\\s p\\',
  '\\',
  '\\\\d',
  'with  blanks ',
  'é ☃',
  '@1',
  '-i',
  '--',
  '$HOME',
  '%[src]',
  '{x}',
  '!x',
  '> ',
  'x'.repeat(4000),
  '\\'.repeat(4000),
];

for (const way of ['worker', 'master'] as const)
  test(`odd patterns, keys and values are what they are in the file, over the ${way} socket`, async (t) => {
    const odd = (root: string) =>
      `${HEAD(root)}  http-request return status 403 if { req.hdr(x-value),url_dec -m str -f ${root}/files/list }
  http-request return status 200 content-type text/plain lf-string "%[req.hdr(x-value),url_dec,map(${root}/files/map,none)]"\n`;
    const fillers = many(400, (i) => `filler${i}`);
    const files = (patterns: readonly string[], entries: readonly string[]) => ({
      'files/list': text([...fillers, ...patterns.map((pattern) => ` ${pattern}`)]),
      'files/map': text([...fillers.map((filler) => `${filler} x`), ...entries]),
    });
    const live = await startLive(t, odd, files([], []), way);
    const ask = async (value: string) =>
      get(live.root, '/', { 'x-value': encodeURIComponent(value) });

    await live.to(files(ODD, []));
    for (const pattern of ODD) assert.match(await ask(pattern), /^403/, pattern);
    for (const [i, pattern] of ODD.entries()) {
      const rest = ODD.slice(i + 1);
      const [step = ''] = await live.to(files(rest, []));
      // A `#` in a deletion begins a reference.
      assert.match(
        step,
        pattern.startsWith('#') ? /^replace-acl/ : /^change-acl \S+ \+0 -1$/,
        pattern,
      );
      assert.match(await ask(pattern), /^200/, pattern);
      for (const other of rest.slice(0, 1)) assert.match(await ask(other), /^403/, other);
    }

    const keys = ODD.filter((key) => !/ |\\{9}|x{9}/.test(key));
    for (const key of keys) {
      await live.to(files([], [` ${key} first`]));
      assert.equal(await ask(key), '200 first', key);
      const [step = ''] = await live.to(files([], [` ${key} its ${key}`]));
      assert.match(step, key.startsWith('#') ? /^replace-map/ : /^change-map/, key);
      assert.equal(await ask(key), `200 its ${key}`, key);
      await live.to(files([], []));
      assert.equal(await ask(key), '200 none', key);
    }
  });

test('what matches all the while is blocked all the while, and what is new in an empty list or map is found', async (t) => {
  const rest = (root: string) =>
    `${HEAD(root)}  http-request return status 403 if { path -m sub -f ${root}/files/list }
  http-request return status 200 content-type text/plain lf-string "%[path,map_sub(${root}/files/map,none)]"\n`;
  const files = (list: readonly string[], map: readonly string[]) => ({
    'files/list': text(list),
    'files/map': text(map.map((key) => `${key} found`)),
  });
  const { root, to } = await startLive(t, rest, files([], []));
  const fillers = many(3_000, (i) => `filler${i}`);
  const until = async (work: Promise<unknown>, path: string) => {
    let isDone = false;
    const answers = new Set<string>();
    const done = work.finally(() => {
      isDone = true;
    });
    while (!isDone) answers.add(await get(root, path, {}));
    await done;
    return answers;
  };

  await until(to(files(['/key', ...fillers], [])), '/key');
  assert.match(await get(root, '/key', {}), /^403/, 'a new list');
  const whole = until(to(files(['/key', ...fillers.map((filler) => `/${filler}`)], [])), '/key');
  assert.deepEqual(
    [...(await whole)].map((answer) => answer.slice(0, 3)),
    ['403'],
    'another version',
  );
  await to(files([], []));
  await until(to(files([], ['/key', ...fillers])), '/key');
  assert.equal(await get(root, '/key', {}), '200 found', 'a new map');
});

test('a pattern that a file had twice once is gone as a whole when it goes', async (t) => {
  const fillers = many(30, (i) => `filler${i}`);
  const files = (...patterns: string[]) => ({ 'files/l': text([...fillers, ...patterns]) });
  const rule = (root: string) =>
    `${HEAD(root)}  http-request return status 403 if { path -f ${root}/files/l }\n  http-request return status 200\n`;
  const { root, to } = await startLive(t, rule, files('/twice', '/twice'));
  assert.deepEqual(await to(files('/twice')), []);
  assert.match(await get(root, '/twice', {}), /^403/);
  assert.equal((await to(files())).length, 1);
  assert.match(await get(root, '/twice', {}), /^200/);
});

test('a pattern that HAProxy does not take is a surprise, and the list is as it was', async (t) => {
  const { root, instance, run } = await startLive(
    t,
    config,
    filesOf((m) => fileOf(m, true)),
  );
  const rows = [
    ['ip', 'localhost', /localhost/],
    ['reg', '([', /regex/],
    ['int', 'many', /many/],
    ['none', 'x', /Unknown ACL/],
  ] as const;
  for (const [file, pattern, reason] of rows) {
    const path = `${root}/files/${file}`;
    const before = await instance.ask(`show acl ${path}`);
    const patterns = new Set([METHODS.ip[0], pattern].slice(file === 'ip' ? 0 : 1));
    const result = await run([{ kind: 'replace-acl', file: path, patterns }]);
    assert.equal(result.kind, 'surprise', file);
    assert.match(JSON.stringify(result), reason, file);
    assert.equal(await instance.ask(`show acl ${path}`), before, file);
  }
});
