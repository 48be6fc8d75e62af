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

const PATH = /^[A-Za-z0-9_.:-]+\/[A-Za-z0-9_.:-]+$/;

/** What is wrong with the words of a command. */
function commandProblems([command, ...servers]: readonly string[]): readonly string[] {
  if (command === 'held') return servers.map((word) => `held takes no argument, such as ${word}`);
  if (command !== 'release') return [`there is no command ${command}`];
  if (servers.length === 0) return ['release: expected BACKEND/SERVER..., or all'];
  const isAll = servers.length === 1 && servers[0] === 'all';
  const odd = isAll ? [] : servers.filter((word) => !PATH.test(word));
  return odd.map((word) => `release ${word}: expected BACKEND/SERVER, or all alone`);
}

export function readSettings(sources: SettingSources): ParsedSettings<typeof SETTINGS> {
  const parsed = parseSettings(SETTINGS, sources);
  if (parsed.kind !== 'settings') return parsed;
  const { certFile, keyFile, plan } = parsed.values;
  const isCommand = parsed.words.length > 0 && !plan;
  const problems = [...(isCommand ? commandProblems(parsed.words) : [])];
  if (plan && parsed.words.length !== 2) problems.push('--plan: expected OLD and NEW after it');
  if ((certFile === undefined) !== (keyFile === undefined))
    problems.push('CERT_FILE and KEY_FILE belong together');
  return problems.length > 0 ? { kind: 'problems', problems } : parsed;
}

export const HELP = `haproxy-reloader: keeps a HAProxy on the configuration that a render service computes

${describeSettings(SETTING_GROUPS)}
Commands to the reloader that keeps STATE_DIR:
  haproxy-reloader held
      list the servers that an operator set to drain, maint or another weight over the Runtime API
  haproxy-reloader release BACKEND/SERVER... | all
      give them back: they become what their lines say

Signals: TERM and INT drain and end (again: at once); HUP reconciles.
Exit codes: 0 done, 1 failed, 2 usage.
`;
