import { form, type SettingTable } from '../wire/settings.ts';

const PERCENT = /^(\d{1,3}(?:\.\d+)?)\s*%$/;

/** From 0, which is none, to 1. */
function readShare(text: string): number {
  if (text === 'off' || text === '0') return 0;
  const percent = Number(PERCENT.exec(text)?.[1]);
  if (percent >= 0 && percent <= 100) return percent / 100;
  throw new Error('expected a share such as 50%, or off');
}

/** What happens where many servers vanish at once. */
export const MASS_LOSS = {
  massLoss: {
    variable: 'MASS_LOSS',
    value: 'SHARE',
    meaning:
      'share of all servers that is kept for a while where so many vanish at once, and at least 10, such as 50%; or off',
    fallback: '50%',
    parse: readShare,
  },
  massLossHold: {
    variable: 'MASS_LOSS_HOLD',
    value: 'SECONDS',
    meaning: 'seconds that they are kept, while checks of HAProxy judge them',
    fallback: '300',
    parse: form.seconds,
  },
} as const satisfies SettingTable;
