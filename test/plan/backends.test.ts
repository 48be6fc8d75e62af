import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planOf, ROOT, told } from './kit.ts';

interface Shape {
  readonly global?: string;
  /** Lines of the named defaults. */
  readonly lines?: string;
  readonly frontend?: string;
  readonly body?: string;
  readonly head?: string;
}

const HEAD = 'backend b from apps\n';
const BODY = '  server b1 10.0.0.1:80 check\n';
const backends = {
  none: '',
  a: 'backend a from apps\n  server a1 10.0.1.1:80\n',
};

function config(part: string, shape: Shape = {}): string {
  const { global = '', lines = '', frontend = '' } = shape;
  return `global
  nbthread 2
${global}defaults
  mode http
defaults apps
  mode http
  balance roundrobin
${lines}frontend f
  bind 127.0.0.1:80
${frontend}  use_backend %[req.hdr(host),lower,map(${ROOT}/files/hosts.map)]
backend always from apps
  server s 10.0.9.1:80
${part}`;
}

const backend = ({ head = HEAD, body = BODY }: Shape = {}) => `${head}${body}`;
const add = (shape: Shape = {}, version: readonly [number, number] = [3, 4]) =>
  planOf({ config: config('', shape) }, { config: config(backend(shape), shape) }, version);
const remove = (shape: Shape = {}, version: readonly [number, number] = [3, 4]) =>
  planOf({ config: config(backend(shape), shape) }, { config: config('', shape) }, version);

describe('a backend that comes or goes', () => {
  it('comes with its servers, and is published', () => {
    assert.deepEqual(told(add()), [
      'add-backend b from apps mode http',
      'add-server b/b1 10.0.0.1:80 check',
      'publish-backend b',
    ]);
  });

  it('goes: unpublished, its servers out, deleted', () => {
    assert.deepEqual(told(remove()), [
      'unpublish-backend b',
      'disable-server b/b1',
      'delete-server b/b1',
      'delete-backend b',
    ]);
  });

  it('comes before the map leads there, and goes after it does no more', () => {
    const files = (map: string) => ({ 'files/hosts.map': map });
    const plan = planOf(
      { config: config(backends.a), files: files('a.test a\n') },
      { config: config(backend()), files: files('b.test b\n') },
      [3, 4],
    );
    assert.deepEqual(told(plan), [
      'add-backend b from apps mode http',
      'add-server b/b1 10.0.0.1:80 check',
      'publish-backend b',
      `replace-map ${ROOT}/files/hosts.map 1`,
      'unpublish-backend a',
      'disable-server a/a1',
      'delete-server a/a1',
      'delete-backend a',
    ]);
  });

  it('may have no server yet', () => {
    assert.deepEqual(told(add({ body: '' })), [
      'add-backend b from apps mode http',
      'publish-backend b',
    ]);
  });

  it('may take from the named defaults above it without a word', () => {
    assert.deepEqual(told(add({ head: 'backend b\n' }))[0], 'add-backend b from apps mode http');
  });

  it('swaps its servers with another one', () => {
    const [one, two] = ['  server x 10.0.0.1:80\n', '  server y 10.0.0.2:80\n'];
    const both = (a: string, b: string) => config(`backend a from apps\n${a}backend b\n${b}`);
    const plan = planOf({ config: both(one, two) }, { config: both(two, one) }, [3, 4]);
    assert.equal(plan.kind, 'runtime');
    assert.ok(told(plan).every((step) => !step.includes('backend')));
  });

  it('gives the ids of a fresh start where ids decide', () => {
    const lines = '  balance uri\n  hash-type consistent\n';
    const body = '  server x 10.0.0.1:80\n  server y 10.0.0.2:80\n';
    assert.deepEqual(told(add({ lines, body })), [
      'add-backend b from apps mode http',
      'add-server b/x 10.0.0.1:80 id 1',
      'add-server b/y 10.0.0.2:80 id 2',
      'publish-backend b',
    ]);
  });
});

describe('a backend that comes or goes by a reload', () => {
  const rows: readonly (readonly [why: string, shape: Shape, reason: RegExp, hint?: RegExp])[] = [
    [
      'lines of its own',
      { body: `  option httpchk\n${BODY}` },
      /more than servers: option/,
      /defaults/,
    ],
    ['a server-template', { body: '  server-template s 1-2 10.0.0.1:80\n' }, /server-template/],
    ['a name in a rule', { frontend: '  use_backend b if { path /b }\n' }, /named/, /map/],
    ['a name in a fetch', { frontend: '  monitor fail if { nbsrv(b) lt 1 }\n' }, /named/],
    ['a name of a table', { frontend: '  http-request track-sc0 src table b\n' }, /named/],
    ['ids of backends', { frontend: '  http-request set-header x %[be_id]\n' }, /ids/],
    ['Lua', { global: '  lua-load /x.lua\n' }, /lua-load/],
    ['compression', { lines: '  compression algo gzip\n' }, /has compression/, /frontend/],
    ['a cache', { lines: '  http-request cache-use c\n' }, /has http-request cache-use/],
    ['option transparent', { lines: '  option transparent\n' }, /has option transparent/],
    [
      'a server that another one tracks',
      { body: `${BODY}  server t 10.0.0.2:80 track b/b1\n` },
      /track|named/,
    ],
  ];
  for (const [why, shape, reason, hint] of rows)
    it(why, () => {
      for (const plan of [add(shape), remove(shape)]) {
        assert.equal(plan.kind, 'reload');
        assert.match(plan.reason, reason);
        if (hint !== undefined) assert.match(plan.hint ?? '', hint);
      }
    });

  const arrivals: readonly (readonly [why: string, shape: Shape, reason: RegExp])[] = [
    ['defaults are purged', { global: '  tune.defaults.purge\n' }, /forgets its defaults/],
    [
      'minconn without fullconn',
      { body: '  server x 10.0.0.1:80 minconn 1 maxconn 9\n' },
      /fullconn/,
    ],
    ['static balancing', { lines: '  balance static-rr\n' }, /takes no servers/],
    [
      'two backups of which the first serves',
      { body: '  server x 10.0.0.1:80 backup\n  server y 10.0.0.2:80 backup\n' },
      /order of its servers/,
    ],
    ['an address by name', { body: '  server x some.where:80\n' }, /literal IP/],
  ];
  for (const [why, shape, reason] of arrivals)
    it(why, () => {
      const plan = add(shape);
      assert.match(plan.kind === 'reload' ? plan.reason : plan.kind, reason);
    });

  it('defaults without a name', () => {
    const anonymous = (part: string) => ({
      config: `defaults\n  mode http\nfrontend f\n  bind 127.0.0.1:80\n${part}`,
    });
    const plan = planOf(anonymous(''), anonymous('backend b\n'), [3, 4]);
    assert.match(plan.kind === 'reload' ? plan.reason : '', /no name/);
    assert.match(plan.kind === 'reload' ? (plan.hint ?? '') : '', /defaults NAME/);
  });

  it('minconn is fine with a fullconn', () => {
    const body = '  server x 10.0.0.1:80 minconn 1 maxconn 9\n';
    assert.equal(add({ body, lines: '  fullconn 100\n' }).kind, 'runtime');
  });

  it('other defaults than before', () => {
    const other = (name: string) => ({
      config: config(`defaults more from apps\nbackend b from ${name}\n${BODY}`),
    });
    const plan = planOf(other('apps'), other('more'), [3, 4]);
    assert.match(plan.kind === 'reload' ? plan.reason : '', /other defaults/);
  });

  it('an older HAProxy', () => {
    for (const plan of [add({}, [3, 2]), remove({}, [3, 2])]) {
      assert.match(plan.kind === 'reload' ? plan.reason : '', /^backend b is (new|gone)$/);
      assert.match(plan.kind === 'reload' ? (plan.hint ?? '') : '', /3\.4/);
    }
  });

  it('a frontend or a listen', () => {
    const plan = planOf(
      { config: config('') },
      { config: config('listen l from apps\n  bind 127.0.0.1:81\n') },
      [3, 4],
    );
    assert.match(plan.kind === 'reload' ? plan.reason : '', /listen l is new/);
  });

  it('a word that happens to be a name is none', () => {
    for (const name of ['http', 'host', 'lower', 'roundrobin'])
      assert.equal(add({ head: `backend ${name} from apps\n` }).kind, 'runtime', name);
  });
});
