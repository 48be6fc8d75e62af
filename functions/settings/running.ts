import { readSchedule } from '../wire/schedule.ts';
import { form, type SettingTable } from '../wire/settings.ts';

/** What happens on a schedule, at the end, and in the log. */
export const RUNNING = {
  expirySchedule: {
    variable: 'EXPIRY_SCHEDULE',
    value: 'CRON',
    meaning: 'when certificates are checked for expiry, in cron syntax',
    fallback: '0 * * * *',
    parse: readSchedule,
  },
  reconcileSchedule: {
    variable: 'RECONCILE_SCHEDULE',
    value: 'CRON',
    meaning: 'when everything is read and rendered anew, in cron syntax',
    fallback: '30 4 * * *',
    parse: readSchedule,
  },
  writeStatus: {
    variable: 'WRITE_STATUS',
    meaning:
      'write what status.yaml of ConfigMap config gives to the status of objects; with rbac: print the rules for it; with render: print it',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  shutdownGrace: {
    variable: 'SHUTDOWN_GRACE',
    value: 'SECONDS',
    meaning: 'seconds after SIGTERM for answers under way, over which held polls are ended',
    fallback: '10',
    parse: form.seconds,
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    value: 'debug|info|warn|error',
    meaning: 'least level that is logged: debug, info, warn or error',
    fallback: 'info',
    parse: form.oneOf('debug', 'info', 'warn', 'error'),
  },
  logFormat: {
    variable: 'LOG_FORMAT',
    value: 'auto|text|json',
    meaning:
      'how lines are logged: text for people, json for programs, auto for text on a terminal alone',
    fallback: 'auto',
    parse: form.oneOf('auto', 'text', 'json'),
  },
  logRequests: {
    variable: 'LOG_REQUESTS',
    meaning: 'log a line for every request',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
} as const satisfies SettingTable;
