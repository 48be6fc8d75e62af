import { readSteps } from '../rollout/step.ts';
import { WINDOW_S } from '../wire/evidence.ts';
import { form, type SettingTable } from '../wire/settings.ts';

function readShare(text: string): number {
  const share = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && share <= 1) return share;
  throw new Error('expected a number from 0 to 1');
}

function readWindow(text: string): number {
  const seconds = Number(text);
  if (/^[1-9]\d{0,2}$/.test(text) && seconds <= WINDOW_S.most) return seconds * 1000;
  throw new Error(`expected whole seconds up to ${WINDOW_S.most}`);
}

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
  rolloutWindow: {
    variable: 'ROLLOUT_WINDOW',
    value: 'SECONDS',
    meaning: 'length of the windows that proxies report in a rollout, in seconds; at least 10',
    fallback: '10',
    parse: readWindow,
  },
  rolloutMinRequests: {
    variable: 'ROLLOUT_MIN_REQUESTS',
    value: 'COUNT',
    meaning: 'requests that each side needs before their failures are compared',
    fallback: '100',
    parse: form.atLeastOne,
  },
  rolloutTolerance: {
    variable: 'ROLLOUT_TOLERANCE',
    value: 'SHARE',
    meaning:
      'by how much a share of failures may be worse on the proxies of the candidate, from 0 to 1',
    fallback: '0.01',
    parse: readShare,
  },
  rolloutSignificance: {
    variable: 'ROLLOUT_SIGNIFICANCE',
    value: 'CHANCE',
    meaning: 'how likely a step that does no harm may be halted by chance, from 0 to 1',
    fallback: '0.001',
    parse: readShare,
  },
} as const satisfies SettingTable;
