import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Unit } from '../../functions/core/intent.ts';
import type { Fault, Verdict } from '../../functions/intent/fault.ts';
import { search } from '../../functions/intent/search.ts';

/** What is bad of an intent: units for themselves, and those that are bad together alone. */
interface Evil {
  readonly alone: ReadonlySet<Unit>;
  readonly together: ReadonlyArray<readonly [Unit, Unit]>;
}

const faultOf = (what: string): Fault => ({
  stage: 'check',
  diagnostic: {
    severity: 'error',
    code: 'haproxy-check',
    message: what,
    hint: '',
    where: { object: '' },
  },
  references: [],
});

/** Searches where the origin of no line is known, or what is told of it is `trace`. */
async function find(
  changed: readonly Unit[],
  evil: Evil,
  trace: (bad: readonly Unit[]) => readonly Unit[] = () => [],
) {
  let tries = 0;
  const badIn = (held: ReadonlySet<Unit>): readonly Unit[] => {
    const isThere = (unit: Unit) => changed.includes(unit) && !held.has(unit);
    const pairs = evil.together.filter((pair) => pair.every(isThere));
    return [...[...evil.alone].filter(isThere), ...pairs.flat()].sort();
  };
  const served: string[] = [];
  const found = await search({
    changed,
    known: new Map(),
    hasBase: true,
    test: async (held): Promise<Verdict> => {
      tries++;
      const bad = badIn(held);
      if (bad.length === 0) return { kind: 'good', leftOut: new Map() };
      return { kind: 'bad', fault: faultOf(`bad: ${bad[0]}`) };
    },
    trace: async (_, held) => trace(badIn(held)),
    onGood: async (held) => {
      assert.deepEqual(badIn(new Set(held.keys())), [], 'what is served is good');
      served.push([...held.keys()].sort().join());
    },
    isExhausted: () => false,
  });
  assert.equal(found.kind, 'good');
  const held = [...(found.kind === 'good' ? found.held.keys() : [])].sort();
  return { held, tries, served, badIn };
}

const names = (count: number): readonly Unit[] =>
  Array.from({ length: count }, (_, i): Unit => `services/s${1000 + i}`);

test('one bad of a thousand is found by halves, wherever it stands', async () => {
  const changed = names(1000);
  for (const at of [0, 1, 499, 500, 998, 999]) {
    const unit = changed[at] as Unit;
    const { held, tries } = await find(changed, { alone: new Set([unit]), together: [] });
    assert.deepEqual(held, [unit]);
    assert.ok(tries <= 12, `${tries} tries`);
  }
});

test('whatever is bad, alone or together, and whatever lines tell: the rest is served, and nothing is held back in vain', async () => {
  const worlds = fc.record({
    count: fc.integer({ min: 1, max: 24 }),
    alone: fc.array(fc.nat(23), { maxLength: 4 }),
    together: fc.array(fc.tuple(fc.nat(23), fc.nat(23)), { maxLength: 3 }),
    lines: fc.constantFrom('silent', 'right', 'wrong'),
  });
  await fc.assert(
    fc.asyncProperty(worlds, async ({ count, alone, together, lines }) => {
      const changed = names(count);
      const nth = (i: number) => changed[i % count] as Unit;
      const pairs = together.map(([a, b]) => [nth(a), nth(b)] as const);
      const evil = {
        alone: new Set(alone.map(nth)),
        together: pairs.filter(([a, b]) => a !== b),
      };
      const tells = {
        silent: () => [],
        right: (bad: readonly Unit[]) => bad.slice(0, 1),
        wrong: (bad: readonly Unit[]) => changed.filter((unit) => !bad.includes(unit)).slice(0, 1),
      };
      const { held, served, badIn } = await find(changed, evil, tells[lines]);
      // Where all is held back it is the last good one again, which is nothing new.
      if (held.length < count) assert.equal(served.at(-1), held.join());
      for (const unit of held)
        assert.notDeepEqual(badIn(new Set(held.filter((other) => other !== unit))), [], unit);
    }),
    { numRuns: 500 },
  );
});
