import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { describe as tell } from '../../reloader/describe.ts';
import { readCapabilities } from '../../reloader/haproxy/capabilities.ts';
import type { Operation } from '../../reloader/operation.ts';
import { plan } from '../../reloader/plan.ts';
import { createTombstones } from '../../reloader/runtime/tombstones.ts';
import { type RuntimeResult, runOperations } from '../../reloader/runtime.ts';
import { folder } from '../kit/folder.ts';
import { type Instance, startHaproxy } from './haproxy.ts';

/** By path; OCSP responses, which are bytes, as base64. */
export type Files = Readonly<Record<string, string>>;

/** A HAProxy that goes from files to other files. */
export interface Live {
  readonly root: string;
  readonly instance: Instance;
  /** Goes to other files, and tells the steps; the reason where that is a reload. */
  to(files: Files): Promise<readonly string[]>;
  run(operations: readonly Operation[]): Promise<RuntimeResult>;
}

/** @param way the socket that commands go to; through a master's, HAProxy is started with one */
export async function startLive(
  t: TestContext,
  config: (root: string) => string,
  files: Files,
  way: 'worker' | 'master' = 'worker',
): Promise<Live> {
  const root = await folder();
  const at = (texts: Files) =>
    Object.entries(texts).map(([path, content]) => ({
      path,
      content: content.replaceAll('ROOT', root),
    }));
  const release = (texts: Files) => [{ path: 'haproxy.cfg', content: config(root) }, ...at(texts)];
  const onDisk = Object.fromEntries(
    at(files).map(({ path, content }) => [
      path,
      path.endsWith('.ocsp') ? Buffer.from(content, 'base64') : content,
    ]),
  );
  const instance = await startHaproxy(t, {
    root,
    config: config(root),
    files: onDisk,
    master: way === 'master',
  });
  const capabilities = await readCapabilities(instance.ask);
  let live = files;
  const run: Live['run'] = async (operations) => {
    const session = instance.open(way);
    try {
      return await runOperations({ operations, session, tombstones: createTombstones() });
    } finally {
      session.close();
    }
  };
  const to: Live['to'] = async (next) => {
    const decided = plan({ old: release(live), new: release(next), root, capabilities });
    if (decided.kind === 'reload') return [decided.reason.replaceAll(root, 'ROOT')];
    const operations = decided.kind === 'runtime' ? decided.operations : [];
    const result = await run(operations);
    assert.equal(result.kind, 'applied', JSON.stringify(result));
    live = next;
    return operations.map((operation) => tell(operation).replaceAll(root, 'ROOT'));
  };
  return { root, instance, to, run };
}
