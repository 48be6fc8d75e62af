import { readSteps } from '../rollout/step.ts';
import { form, type SettingTable } from '../wire/settings.ts';

/** How a changed template or service reaches the fleet. */
export const ROLLOUT = {
  rolloutSteps: {
    variable: 'ROLLOUT_STEPS',
    value: 'STEP,...',
    meaning:
      'how many proxies run a changed template or service, step by step: so many, or a share, such as 1,10%,50%,100%',
    fallback: '100%',
    parse: readSteps,
  },
  rolloutSoak: {
    variable: 'ROLLOUT_SOAK',
    value: 'SECONDS',
    meaning: 'seconds that each step is watched before the next',
    fallback: '60',
    parse: form.seconds,
  },
} as const satisfies SettingTable;
