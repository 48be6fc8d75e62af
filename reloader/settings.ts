import {
  describeSettings,
  type ParsedSettings,
  parseSettings,
  type SettingSources,
} from '../functions/wire/settings.ts';
import { SETTING_GROUPS, SETTINGS } from './setting-table.ts';

export type Settings = Extract<ParsedSettings<typeof SETTINGS>, { kind: 'settings' }>['values'];

/** A setting that has a fallback is always there. */
export type Given<K extends keyof Settings> = NonNullable<Settings[K]>;

export function readSettings(sources: SettingSources): ParsedSettings<typeof SETTINGS> {
  const parsed = parseSettings(SETTINGS, sources);
  if (parsed.kind !== 'settings') return parsed;
  const { certFile, keyFile, plan } = parsed.values;
  const problems = plan ? [] : parsed.words.map((word) => `${word}: expected no such word`);
  if (plan && parsed.words.length !== 2) problems.push('--plan: expected OLD and NEW after it');
  if ((certFile === undefined) !== (keyFile === undefined))
    problems.push('CERT_FILE and KEY_FILE belong together');
  return problems.length > 0 ? { kind: 'problems', problems } : parsed;
}

export const HELP = `haproxy-reloader: keeps a HAProxy on the configuration that a render service computes

${describeSettings(SETTING_GROUPS)}
Signals: TERM and INT drain and end (again: at once); HUP reconciles.
Exit codes: 0 done, 1 failed, 2 usage.
`;
