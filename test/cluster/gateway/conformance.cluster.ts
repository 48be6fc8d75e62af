import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { literals, readTable } from '../../examples/tables.ts';
import { isOwn, runInOwnNetwork } from './own-network.ts';
import { begin, CLASS } from './scene.ts';
import { runSuite } from './suite.ts';

/** Where `build.sh` beside this has put the suite. */
function suiteFolder(): string {
  const { CONFORMANCE_SUITE } = process.env;
  if (!CONFORMANCE_SUITE)
    throw new Error('CONFORMANCE_SUITE is not set: start these tests by npm run test:cluster');
  return CONFORMANCE_SUITE;
}

interface Status {
  readonly diagnostics: ReadonlyArray<{ readonly code: string }>;
}

/** What the page says of each of these tests: a name that ends with a star is of all that begin so. */
function said(results: ReadonlyMap<string, string>): readonly string[] {
  const names = [...results.keys()];
  return readTable('gateway', 'test of the suite', 'CONFORMANCE.md')
    .flatMap(([cell, result = '']) => {
      const [name = ''] = literals(cell);
      const prefix = name.endsWith('*') ? name.slice(0, -1) : undefined;
      const meant = names.filter((one) => (prefix ? one.startsWith(prefix) : one === name));
      return (meant.length > 0 ? meant : [name]).map((one) => `${one} ${result}`);
    })
    .sort();
}

const NAME = 'the conformance suite of Gateway API comes to what examples/gateway says';

if (!isOwn())
  test(NAME, async () => {
    const fault = await runInOwnNetwork(import.meta.filename);
    if (fault !== undefined) assert.fail(fault);
  });
else
  test(NAME, async (t) => {
    const suite = suiteFolder();
    const { kubeconfig, replica, standIn } = await begin(t, suite);
    const results = await runSuite({
      program: join(suite, 'conformance'),
      kubeconfig,
      className: CLASS,
    }).finally(standIn.stop);
    assert.deepEqual(
      said(results),
      [...results].map(([name, result]) => `${name} ${result}`).sort(),
    );
    const { diagnostics } = (await (await fetch(`${replica.url}/status`)).json()) as Status;
    assert.deepEqual(
      diagnostics.filter(({ code }) => code.startsWith('status-')),
      [],
    );
  });
