import { ADMISSION } from './settings/admission.ts';
import { CHECKING } from './settings/checking.ts';
import { COMMANDS } from './settings/commands.ts';
import { INPUT } from './settings/input.ts';
import { LIMITS } from './settings/limits.ts';
import { MASS_LOSS } from './settings/mass-loss.ts';
import { RENDERING } from './settings/rendering.ts';
import { ROLLOUT } from './settings/rollout.ts';
import { RUNNING } from './settings/running.ts';
import { SERVING } from './settings/serving.ts';
import type { SettingGroup } from './wire/settings.ts';

/** Every setting of the service, in the order of `--help`. */
export const SETTINGS = {
  ...INPUT,
  ...RENDERING,
  ...CHECKING,
  ...ROLLOUT,
  ...MASS_LOSS,
  ...SERVING,
  ...ADMISSION,
  ...LIMITS,
  ...RUNNING,
  ...COMMANDS,
} as const;

/** The same by subject. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  { title: 'What is read', settings: INPUT },
  { title: 'Rendering', settings: RENDERING },
  { title: 'Revisions, and checks before they are served', settings: CHECKING },
  { title: 'How a change reaches the proxies', settings: ROLLOUT },
  { title: 'Where many servers vanish at once', settings: MASS_LOSS },
  { title: 'Where it listens, and who may ask', settings: SERVING },
  { title: 'Checks at kubectl apply', settings: ADMISSION },
  { title: 'Limits', settings: LIMITS },
  { title: 'While it runs', settings: RUNNING },
  { title: 'Of the other commands', settings: COMMANDS },
];
