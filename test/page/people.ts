import type { TestContext } from 'node:test';

const present = new WeakMap<TestContext, (() => Promise<void>)[]>();

/** Somebody has come, and leaves so. */
export function come(t: TestContext, leave: () => Promise<void>): void {
  present.set(t, [...(present.get(t) ?? []), leave]);
}

/** All leave: before the service of their test ends, of which their browsers would complain. */
export async function leaveAll(t: TestContext): Promise<void> {
  const all = present.get(t) ?? [];
  present.delete(t);
  for (const leave of all) await leave();
}
