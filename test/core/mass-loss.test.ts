import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMassLossGuard } from '../../functions/core/mass-loss.ts';
import { formatKey } from '../../functions/core/objects.ts';
import { type PackedChange, packChange, unpack } from '../../functions/core/packing.ts';
import type { AsOf } from '../../functions/wire/as-of.ts';
import { gone, type PodOptions, pod, put } from '../kit/objects.ts';

const RULES = { share: 0.5, least: 10, windowMs: 30_000 };
const service = (namespace: string, app = 'web') =>
  JSON.stringify({ namespace, selector: { app } });
const SERVICES = { web: service('shop'), blog: service('blog') };

const versioned = (options: PodOptions, version?: number) => {
  const { metadata, ...rest } = pod(options);
  const resourceVersion = version === undefined ? {} : { resourceVersion: String(version) };
  return put({ ...rest, metadata: { ...metadata, ...resourceVersion } });
};
const web = (i: number, more: Partial<PodOptions> = {}, version?: number) =>
  versioned({ name: `web-${i}`, ip: `10.0.0.${i}`, ...more }, version);
const blog = (i: number, more: Partial<PodOptions> = {}, version?: number) =>
  versioned({ name: `blog-${i}`, namespace: 'blog', ip: `10.1.0.${i}`, ...more }, version);
const lostWeb = (i: number, version?: number) => ({
  ...gone(web(i)),
  ...(version !== undefined && { version: String(version) }),
});
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** A guard, and what stands behind it: the pods that it has handed on. */
function guarded(rules = RULES) {
  const guard = createMassLossGuard(rules);
  const served = new Map<string, string>();
  let at = 0;
  const handOn = (changes: readonly PackedChange[] | undefined) => {
    for (const change of changes ?? [])
      if (change.type === 'delete') served.delete(formatKey(change));
      else served.set(formatKey(change), Buffer.from(unpack(change.packed)).toString());
    return changes;
  };
  const servers = () =>
    [...served]
      .filter(([, json]) => {
        const { metadata, status } = JSON.parse(json);
        return status.conditions[0].status === 'True' && !metadata.deletionTimestamp;
      })
      .map(([key]) => key.replace(/.*\//, ''));
  return {
    guard,
    handOn,
    servers,
    ipOf: (key: string) => JSON.parse(served.get(key) ?? '{}').status?.podIP,
    wait(ms: number) {
      at += ms;
    },
    now: () => at,
    take: (changes: readonly ReturnType<typeof put>[] | readonly object[], asOf: AsOf = {}) =>
      handOn(
        guard.take({
          changes: (changes as ReturnType<typeof put>[]).map((change) => ({
            change: packChange(change),
            json: (change as { type: string }).type === 'put' ? change.json : undefined,
          })),
          asOf,
          at,
        }),
      ),
    serve: (services: Record<string, string>) => handOn(guard.serve(services, at)),
  };
}

/** With pods 1 to `count` of service web, and as many of blog. */
function fleet({ webs = 20, blogs = 4, rules = RULES } = {}) {
  const all = guarded(rules);
  all.serve(SERVICES);
  all.take([...range(1, webs).map((i) => web(i)), ...range(1, blogs).map((i) => blog(i))]);
  all.guard.begin(all.now());
  return all;
}

test('a few lost servers go at once, and so do all that are lost slowly', () => {
  const { take, servers, wait, guard } = fleet();
  take(range(1, 11).map((i) => lostWeb(i)));
  assert.equal(servers().length, 13, '11 of 24 are less than half');
  wait(31_000);
  for (const i of range(12, 20)) {
    wait(10_000);
    take([lostWeb(i)]);
  }
  assert.equal(guard.state(), undefined);
  assert.equal(servers().length, 4);
});

test('a share of a fleet that is too small to have masses is not kept', () => {
  const { take, servers } = fleet({ webs: 3, blogs: 0 });
  take([lostWeb(1), lostWeb(2), lostWeb(3)]);
  assert.deepEqual(servers(), []);
});

for (const [how, lose] of [
  ['deleted', lostWeb],
  ['not ready', (i: number) => web(i, { ready: false })],
  ['terminating', (i: number) => web(i, { terminating: true })],
] as const)
  test(`half of all at once are kept as they were: ${how}`, () => {
    const { take, servers, guard, handOn, now } = fleet();
    assert.deepEqual(take(range(1, 20).map((i) => lose(i))), [], 'nothing is handed on');
    assert.equal(servers().length, 24);
    const { from: _, ...state } = guard.state() ?? assert.fail();
    assert.deepEqual(state, {
      lost: 20,
      of: 24,
      kept: 20,
      letGo: { 'address taken': 0, 'not checked': 0 },
    });
    assert.equal(handOn(guard.end())?.length, 20, 'what it really is, is told as the hold ends');
    assert.equal(servers().length, 4);
    assert.ok(now() === 0);
  });

test('those that went before it was known to be a mass come back', () => {
  const { take, servers, wait } = fleet();
  for (const i of range(1, 20)) {
    take([lostWeb(i)]);
    wait(500);
    if (i === 11) assert.equal(servers().length, 13);
  }
  assert.equal(servers().length, 24);
});

test('who comes back, or is made up for, is not kept any more; then it is over', () => {
  const { take, servers, guard, ipOf } = fleet();
  take(range(1, 20).map((i) => lostWeb(i)));
  take(range(1, 5).map((i) => web(i, { ip: `10.0.9.${i}` })));
  assert.equal(ipOf('pods/shop/web-1'), '10.0.9.1');
  assert.equal(servers().length, 24);
  take(range(101, 114).map((i) => web(i)));
  assert.equal(servers().length, 38, 'one is still missing');
  take([web(115)]);
  assert.equal(guard.state(), undefined);
  assert.equal(servers().length, 24);
  take([lostWeb(1)]);
  assert.equal(servers().length, 23, 'and losses are losses again');
});

test('an address that another pod has taken is not kept, whoever that pod is', () => {
  const { take, servers, guard } = fleet();
  take(range(1, 20).map((i) => lostWeb(i)));
  take([
    web(101, { ip: '10.0.0.1', ready: false }),
    blog(102, { ip: '10.0.0.2', labels: { app: 'job' } }),
  ]);
  const left = servers();
  assert.ok(!left.includes('web-1') && !left.includes('web-2'));
  assert.equal(guard.state()?.kept, 18);
  assert.equal(guard.state()?.letGo['address taken'], 2);
  take([gone(web(101)), gone(blog(102))]);
  assert.equal(guard.state()?.kept, 18, 'it never is again');
});

test('addresses that pods share from the start are theirs, as those of a host network are', () => {
  const { take, servers, guard } = fleet({ webs: 20 });
  take(range(201, 220).map((i) => web(i, { ip: '10.9.9.9', labels: { app: 'host' } })));
  take(range(1, 20).map((i) => web(i, { ready: false })));
  assert.equal(servers().filter((name) => /^web-\d\d?$/.test(name)).length, 20);
  assert.equal(guard.state()?.kept, 20);
});

test('what leaves with the intent is no loss, before it and after', () => {
  const { take, servers, serve, guard } = fleet();
  serve({ blog: SERVICES.blog });
  take(range(1, 20).map((i) => lostWeb(i)));
  assert.equal(guard.state(), undefined);
  assert.deepEqual(servers(), ['blog-1', 'blog-2', 'blog-3', 'blog-4']);

  const other = fleet();
  other.take(range(1, 20).map((i) => lostWeb(i)));
  assert.equal(other.servers().length, 24);
  other.serve({ web: service('shop', 'other'), blog: SERVICES.blog });
  assert.equal(other.guard.state(), undefined, 'another selector selects none of those');
  assert.equal(other.servers().length, 4);
});

test('a rolling replacement of everything is no loss, however fast', () => {
  const { take, servers, guard, wait } = fleet();
  for (const i of range(1, 20)) {
    take([web(100 + i)]);
    wait(100);
    take([lostWeb(i)]);
    wait(100);
  }
  assert.equal(guard.state(), undefined);
  assert.equal(servers().length, 24);
});

test('what a person confirms is let go, and so is what else of it comes', () => {
  const { take, servers, guard, handOn, wait, now } = fleet({ webs: 20, blogs: 20 });
  take(range(1, 20).map((i) => lostWeb(i)));
  assert.equal(servers().length, 40);
  handOn(guard.end(now() + RULES.windowMs));
  wait(1_000);
  take(range(1, 20).map((i) => gone(blog(i))));
  assert.equal(servers().length, 0);
  wait(30_000);
  take(range(1, 12).map((i) => web(i)));
  wait(31_000);
  take(range(1, 12).map((i) => lostWeb(i)));
  assert.equal(guard.state()?.kept, 12, 'the next one is another one');
});

test('servers that HAProxy does not check are let go for good', () => {
  const { take, servers, guard, handOn } = fleet();
  take(range(1, 20).map((i) => lostWeb(i)));
  handOn(guard.letGo(['pods/shop/web-1', 'pods/shop/web-2'], 'not checked'));
  assert.equal(servers().length, 22);
  take([lostWeb(3)]);
  assert.equal(servers().length, 22);
  assert.equal(guard.state()?.lost, 20);
});

const AT = (version: number): AsOf => {
  const position = { lo: String(version), hi: String(version) };
  return { 'pods/shop': position, 'pods/blog': position };
};

/** A replica that has read the fleet at version 100. */
function replica() {
  const all = guarded();
  all.serve(SERVICES);
  all.take([...range(1, 20).map((i) => web(i)), ...range(1, 4).map((i) => blog(i))], AT(100));
  all.guard.begin(0);
  return all;
}

test('replicas that see a loss at other times and in other parts keep the same', () => {
  const [early, late, both] = [replica(), replica(), replica()];
  // One that was lost a while ago counts for who has it within the window still.
  for (const each of [early, late, both]) each.take([lostWeb(20, 101)], AT(101));
  early.wait(29_000);
  late.wait(31_000);
  both.wait(29_000);
  for (const i of range(1, 19)) early.take([lostWeb(i, 200 + i)], AT(200 + i));
  late.take(
    range(1, 19).map((i) => lostWeb(i, 200 + i)),
    AT(219),
  );
  const from = early.guard.state()?.from ?? assert.fail();
  assert.deepEqual(from, { 'pods/shop': '100' });
  assert.notDeepEqual(late.guard.state()?.from, from);
  late.handOn(late.guard.adopt(from));
  both.handOn(both.guard.adopt(from));
  both.take(
    range(1, 19).map((i) => lostWeb(i, 200 + i)),
    AT(219),
  );
  for (const each of [late, both])
    assert.deepEqual(each.servers().sort(), early.servers().sort(), 'all 24');
  assert.equal(early.servers().length, 24);
});

test('a replica that has not seen the fleet as it was keeps nothing of it', () => {
  const early = replica();
  early.take(
    range(1, 20).map((i) => lostWeb(i, 200 + i)),
    AT(220),
  );
  const from = early.guard.state()?.from ?? assert.fail();
  const fresh = guarded();
  fresh.serve(SERVICES);
  fresh.take(
    range(1, 4).map((i) => blog(i)),
    AT(300),
  );
  fresh.guard.begin(0);
  assert.equal(fresh.guard.adopt(from), undefined);
  assert.equal(fresh.guard.state(), undefined);
});

test('after a restore of the API server, whose versions go back, replicas keep the same', () => {
  const [first, second] = [replica(), replica()];
  for (const each of [first, second])
    each.take(
      range(1, 20).map((i) => lostWeb(i)),
      AT(7),
    );
  second.handOn(second.guard.adopt(first.guard.state()?.from ?? assert.fail()));
  for (const each of [first, second]) assert.equal(each.servers().length, 24);
});

test('the way back is forgotten after a while, and no sooner', () => {
  const { guard, take, wait } = replica();
  for (const i of range(1, 200)) {
    wait(1_000);
    take([web(1, { ready: i % 2 === 0 }, 200 + i)], AT(200 + i));
  }
  assert.equal(guard.adopt({ 'pods/shop': '250' }), undefined);
  assert.ok(guard.adopt({ 'pods/shop': '380' }));
});
