import assert from 'node:assert/strict';
import { it } from 'node:test';
import { planOf, told } from './kit.ts';

export const HEAD = 'global\n  nbthread 2\ndefaults\n  mode http\n  timeout server 5s\n';
export const backend = (lines: string, head = HEAD) => ({
  config: `${head}frontend f\n  bind 127.0.0.1:80\n  default_backend b\nbackend b\n${lines}`,
});
export const A = '  server a 10.0.0.1:80\n';
export const B = '  server b 10.0.0.2:80\n';
export const C = '  server c 10.0.0.3:80\n';

/** Two contents of one backend, and the steps between them. */
export interface Row {
  readonly why: string;
  readonly old: string;
  readonly now: string;
  readonly steps: readonly string[] | RegExp;
  readonly version?: readonly [number, number];
  readonly heads?: readonly [string, string];
}

/** A test for each row: what is planned between two backends, in words. */
export function table(rows: readonly Row[]) {
  for (const { why, old, now, steps, version, heads = [HEAD, HEAD] } of rows)
    it(why, () => {
      const result = told(planOf(backend(old, heads[0]), backend(now, heads[1]), version));
      if (steps instanceof RegExp) assert.match(result.join('\n'), steps);
      else assert.deepEqual(result, steps);
    });
}
