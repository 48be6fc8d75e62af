import type { Runtime } from './apply.ts';

/** Changes nothing at runtime: every difference is a reload. */
export const reloadAlways: Runtime<never> = {
  plan: async () => ({ kind: 'reload', reason: 'the configuration changed' }),
  run: async () => ({ kind: 'unproven', reason: 'there is no runtime' }),
};
