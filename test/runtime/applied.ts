import assert from 'node:assert/strict';
import type { Plan } from '../../reloader/plan.ts';
import type { Tombstones } from '../../reloader/runtime/tombstones.ts';
import { type RuntimeResult, runOperations } from '../../reloader/runtime.ts';
import type { Instance } from './haproxy.ts';

/** Does at runtime what was planned, which must be runtime work. */
export async function applied(
  decided: Plan,
  { instance, tombstones }: { readonly instance: Instance; readonly tombstones: Tombstones },
): Promise<RuntimeResult> {
  if (decided.kind !== 'runtime') assert.fail(JSON.stringify(decided));
  const session = instance.open('worker');
  const { operations } = decided;
  const result = await runOperations({ operations, session, tombstones });
  session.close();
  return result;
}
