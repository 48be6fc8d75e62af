import { describe } from '../../reloader/describe.ts';
import { capabilitiesOf } from '../../reloader/haproxy/capabilities.ts';
import { type Plan, plan, type Release } from '../../reloader/plan.ts';

export const ROOT = '/state/current';

export interface Texts {
  readonly config: string;
  readonly files?: Readonly<Record<string, string>>;
}

export function release({ config, files = {} }: Texts): Release {
  return [
    { path: 'haproxy.cfg', content: config },
    ...Object.entries(files).map(([path, content]) => ({ path, content })),
  ];
}

/** The plan between two configurations, each with its files. */
export function planOf(old: Texts, now: Texts, version: readonly [number, number] = [2, 6]): Plan {
  return plan({
    old: release(old),
    new: release(now),
    root: ROOT,
    capabilities: capabilitiesOf(version),
  });
}

/** A plan in one line a step: what a person would say about it. */
export function told(result: Plan): readonly string[] {
  if (result.kind === 'nothing') return ['nothing'];
  if (result.kind === 'reload') return [`reload: ${result.reason}`];
  return result.operations.map(describe);
}
