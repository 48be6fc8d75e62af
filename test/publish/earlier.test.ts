import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { hashIntent, type Intent } from '../../functions/core/intent.ts';
import type { History } from '../../functions/core/revision.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { createEarlier } from '../../functions/publish/earlier.ts';
import type { Edition } from '../../functions/publish/edition.ts';
import { createLog } from '../../functions/wire/log.ts';
import { pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { bundle, config, SERVICES, startPublisher, TEMPLATE, VARIANT } from './start.ts';

/** A publisher that has served one template, and now serves another. */
async function begin(t: Parameters<typeof startPublisher>[0], limit = 10) {
  const history = createMemoryHistory(limit);
  const kept = startPublisher(t, { history });
  const { publisher, deliver, text } = kept;
  const revision = () => publisher.status().intent.current?.hash ?? '';
  const serve = async (template: string, shown: string) => {
    deliver([config(template)]);
    await until('it is served', async () => (await text()) === shown);
    return revision();
  };
  deliver([SERVICES]);
  const first = await serve(TEMPLATE, 'web\n');
  const second = await serve(`${TEMPLATE}# 2\n`, 'web\n# 2\n');
  return { ...kept, history, serve, first, second };
}

test('who refuses the revision that is served gets the one that it runs, with pods as they are now', async (t) => {
  const { ask, deliver, publisher, first, second } = await begin(t);
  const refused = { revision: second, running: first };
  const answer = await ask({ refused });
  assert.ok(answer.kind === 'bundle');
  assert.deepEqual([answer.revision, answer.insteadOf], [first, second]);
  assert.equal(answer.publication.config, 'web\n');
  const held = ask({ refused, etag: answer.publication.etag, waitMs: 60_000 });
  deliver([put(pod({ name: 'a' }))]);
  const moved = await held;
  assert.equal(bundle(moved).config, 'web 10.0.0.1\n');
  assert.deepEqual(moved.kind === 'bundle' && moved.revision, first);
  assert.deepEqual(publisher.status().earlier, [{ revision: first, waiting: 0 }]);
  const newest = 'web 10.0.0.1\n# 2\n';
  await until('the others have the newest', async () => bundle(await ask()).config === newest);
});

test('what an earlier revision names goes on being read while a proxy runs it', async (t) => {
  const history = createMemoryHistory(10);
  let served: readonly Intent[] = [];
  const onServed = (intents: readonly Intent[]) => {
    served = intents;
  };
  const { publisher, deliver, ask, text } = startPublisher(t, { history, onServed });
  const inputs = 'nodes: {apiVersion: v1, kind: Node, optional: true}';
  const nodes = feedsOf({ 'inputs.yaml': inputs });
  publisher.deliver({
    changes: [SERVICES, config(TEMPLATE, { 'inputs.yaml': inputs })],
    ...{ asOf: {}, isSynced: true, unread: [], feeds: statesOf(nodes) },
  });
  await until('it is served', async () => publisher.status().isReady);
  const first = publisher.status().intent.current?.hash ?? '';
  deliver([config(`${TEMPLATE}# 2\n`)]);
  await until('the next is served', async () => (await text()).includes('# 2'));
  assert.deepEqual(
    served.map(({ config: data }) => data?.['inputs.yaml']),
    [undefined],
  );
  const second = publisher.status().intent.current?.hash ?? '';
  await ask({ refused: { revision: second, running: first } });
  await until('it is read again', () =>
    served.some(({ config: data }) => data?.['inputs.yaml'] === inputs),
  );
});

test('who waits on an earlier revision is let go as soon as another one is served', async (t) => {
  const { ask, serve, first, second } = await begin(t);
  const refused = { revision: second, running: first };
  const { etag } = bundle(await ask({ refused }));
  const held = ask({ refused, etag, waitMs: 60_000 });
  const third = await serve(`${TEMPLATE}# 3\n`, 'web\n# 3\n');
  assert.equal((await held).kind, 'same');
  const next = await ask({ refused, etag });
  assert.ok(next.kind === 'bundle');
  assert.deepEqual([next.revision, next.insteadOf], [third, undefined]);
});

test('one that runs nothing yet gets the revision before the one that it refuses', async (t) => {
  const { ask, first, second } = await begin(t);
  const answer = await ask({ refused: { revision: second } });
  assert.deepEqual(answer.kind === 'bundle' && answer.revision, first);
});

test('a revision that this replica never served comes from the history', async (t) => {
  const { history, first, second } = await begin(t);
  const other = startPublisher(t, { history });
  other.deliver([SERVICES, config(`${TEMPLATE}# 2\n`)]);
  await until('it serves', async () => (await other.text()) === 'web\n# 2\n');
  const answer = await other.ask({ refused: { revision: second, running: first } });
  assert.deepEqual(answer.kind === 'bundle' && answer.revision, first);
});

test('of a revision that nobody knows, the newest is given again', async (t) => {
  const { ask, second, lines } = await begin(t);
  const refused = { revision: second, running: `sha256:${'0'.repeat(64)}` };
  await until('it is given', async () => {
    const answer = await ask({ refused });
    return answer.kind === 'bundle' && answer.revision === second;
  });
  assert.ok(lines.some((line) => line.includes('not found in the history')));
});

test('no more revisions are rendered beside the newest than there is room for', async (t) => {
  const { ask, serve, publisher, first, second } = await begin(t);
  const hashes = [first, second];
  for (const n of [3, 4, 5]) hashes.push(await serve(`${TEMPLATE}# ${n}\n`, `web\n# ${n}\n`));
  const newest = hashes.pop() ?? '';
  for (const running of hashes) await ask({ refused: { revision: newest, running } });
  assert.equal(publisher.status().earlier.length, 3);
});

test('what proxies run stays in the history, however many revisions they refuse', async (t) => {
  const { ask, serve, history, first, second } = await begin(t);
  let newest = second;
  for (let n = 3; n < 15; n += 1) {
    await ask({ refused: { revision: newest, running: first } });
    newest = await serve(`${TEMPLATE}# ${n}\n`, `web\n# ${n}\n`);
  }
  const hashes = (await history.list()).map(({ hash }) => hash);
  assert.ok(hashes.includes(first));
  assert.ok(!hashes.includes(second), 'what nobody runs is forgotten');
});

test('a history that cannot be read is read again soon, and the newest is given meanwhile', async (t) => {
  const { history, first, second } = await begin(t);
  let isAway = false;
  const list = async () => {
    if (isAway) throw new Error('the disk is gone');
    return history.list();
  };
  const other = startPublisher(t, { history: { ...history, list } });
  other.deliver([SERVICES, config(`${TEMPLATE}# 2\n`)]);
  await until('it serves', async () => (await other.text()) === 'web\n# 2\n');
  isAway = true;
  const refused = { revision: second, running: first };
  const revisionGiven = async () => {
    const answer = await other.ask({ refused });
    return answer.kind === 'bundle' ? answer.revision : undefined;
  };
  await until('the newest is given', async () => (await revisionGiven()) === second);
  assert.ok(other.lines.some((line) => line.includes('cannot read an earlier revision')));
  isAway = false;
  await until('what it runs is given', async () => (await revisionGiven()) === first);
});

test('that a proxy needs a revision is noted within seconds, where what keeps it is away at first', async () => {
  const marked: string[] = [];
  let isThere = false;
  let now = Date.now();
  const intent = { config: { template: TEMPLATE } };
  const running = hashIntent(intent);
  const history: Pick<History, 'list' | 'mark' | 'restore'> = {
    ...createMemoryHistory(10),
    async mark(hash) {
      marked.push(hash);
      return isThere || Promise.reject(new Error('away'));
    },
  };
  const edition = { revision: () => running, turn() {}, standIn() {} };
  const earlier = createEarlier({
    history,
    create: () => edition as unknown as Edition,
    onOther() {},
    log: createLog({ component: 'test', level: 'error' }),
    now: () => now,
  });
  earlier.remember(intent);
  const ask = async (laterMs: number) => {
    now += laterMs;
    earlier.open({ revision: 'refused', running }, VARIANT);
    await setImmediate();
    return marked.length;
  };
  assert.deepEqual([await ask(0), await ask(1_000)], [1, 1]);
  isThere = true;
  assert.deepEqual([await ask(5_000), await ask(60_000)], [2, 2]);
});

test('a revision that was pruned before anybody refused what came next is kept anew, as the oldest', async (t) => {
  const { history, ask, first, second } = await begin(t, 1);
  await history.prune(new Set());
  const hashes = async () => (await history.list()).map(({ hash }) => hash);
  assert.deepEqual(await hashes(), [second]);
  await ask({ refused: { revision: second, running: first } });
  await until('it is kept', async () => (await hashes()).length === 2);
  await history.prune(new Set());
  assert.deepEqual(await hashes(), [first, second]);
});
