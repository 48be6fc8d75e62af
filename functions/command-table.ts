import { SETTING_GROUPS, SETTINGS } from './setting-table.ts';
import { COMMANDS as ASKING } from './settings/commands.ts';
import { describeSettings } from './wire/settings.ts';

export type SettingName = keyof typeof SETTINGS;

/** One command, by its words in front: `rollout undo`. */
export interface Command {
  /** What stands behind its name: `[A [B]] [--rendered]`. */
  readonly usage: string;
  /** What it is for, in a line. */
  readonly summary: string;
  /** What it reads. */
  readonly settings: readonly SettingName[];
  /** Words that may follow it, where they are known. */
  readonly words?: readonly string[];
}

/** The shells that `completion` knows. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

const nameOf = (name: string) => name as SettingName;
const SERVING = Object.keys(SETTINGS)
  .filter((name) => !(name in ASKING))
  .map(nameOf);
const CLUSTER: readonly SettingName[] = ['from', 'k8sbase', 'kubeconfig', 'namespace'];
const RENDERING: readonly SettingName[] = [
  'templateDialect',
  'unsafeValues',
  'envAllow',
  'statisticsPassword',
  'sslDir',
  'filesDir',
];
const OFFLINE: readonly SettingName[] = ['from', 'namespace', ...RENDERING, 'haproxy', 'output'];
const STEERING: readonly SettingName[] = [...CLUSTER, 'stateDir', 'revisionHistory', 'output'];
const WATCHED: readonly SettingName[] = ['listen', 'metricsListen', 'tlsCert'];
const ASKED: readonly SettingName[] = ['listen', 'tlsCert', 'tokenFile', 'caFile', 'output'];

const isForTests = (name: SettingName): boolean =>
  name !== 'envAllow' && name !== 'statisticsPassword';

/** Every command, in the order of `--help`. */
const TABLE = {
  serve: { usage: '', summary: 'the render service', settings: SERVING },
  render: {
    usage: '',
    summary: 'once, offline: the configuration on standard output',
    settings: [...OFFLINE, 'check', 'explain', 'writeStatus'],
  },
  test: {
    usage: '',
    summary: 'the tests beside templates: tests.yaml in the folder FROM',
    settings: [...OFFLINE.filter(isForTests), 'checkDir', 'checkDeadline', 'checkMemory', 'junit'],
  },
  'rollout history': {
    usage: '',
    summary: 'the revisions that are kept',
    settings: STEERING,
  },
  'rollout diff': {
    usage: '[A [B]] [--rendered]',
    summary: 'what differs between two of them',
    settings: [...STEERING, 'allNamespaces', ...RENDERING, 'rendered'],
  },
  'rollout undo': {
    usage: '[--to-revision N]',
    summary: 'serve an earlier one, whatever the ConfigMaps say',
    settings: [...STEERING, 'toRevision'],
  },
  'rollout pause': {
    usage: '',
    summary: 'take no newer intent, no further step; endpoints flow',
    settings: STEERING,
  },
  'rollout resume': {
    usage: '',
    summary: 'let the ConfigMaps count again; try what was halted',
    settings: STEERING,
  },
  'rollout restart': { usage: '', summary: 'begin the next step now', settings: STEERING },
  'rollout confirm-loss': {
    usage: '',
    summary: 'let servers go that are kept after a mass loss',
    settings: STEERING,
  },
  'rollout status': {
    usage: '[--watch]',
    summary: 'whether all proxies run what is served',
    settings: [...STEERING, ...WATCHED, 'watch'],
  },
  rbac: {
    usage: '',
    summary: 'the Roles that its inputs need, as manifests',
    settings: [...CLUSTER, 'writeStatus'],
  },
  convert: {
    usage: 'CONTROLLER < DUMP',
    summary: 'what serves the Ingresses of ingress-nginx, haproxy-ingress',
    settings: ['namespace'],
    words: ['ingress-nginx', 'haproxy-ingress'],
  },
  status: { usage: '[URL]', summary: 'the state of a service and of its proxies', settings: ASKED },
  explain: {
    usage: '[URL]',
    summary: 'where lines come from: template, service, pod',
    settings: [...ASKED, 'file', 'line', 'atRevision'],
  },
  diff: {
    usage: 'A B [URL]',
    summary: 'how two revisions differ, or what two proxies run',
    settings: ASKED,
  },
  completion: {
    usage: SHELLS.join('|'),
    summary: 'completion of commands and flags, for a shell to read',
    settings: [],
    words: SHELLS,
  },
} as const satisfies Readonly<Record<string, Command>>;

type FirstWord<Name> = Name extends `${infer First} ${string}` ? First : Name;

/** What a command begins with. */
export type CommandName = FirstWord<keyof typeof TABLE>;

export const COMMANDS: Readonly<Record<string, Command>> = TABLE;

const PROGRAM = 'kubernetes-haproxy';

/** Whether this is the whole name of a command, such as `rollout undo`. */
export const isCommand = (name: string): boolean => Object.hasOwn(COMMANDS, name);

/** The names of the commands that words begin with: one, or those of which they are the first word. */
export function namedBy(words: readonly string[]): readonly string[] {
  const names = Object.keys(COMMANDS);
  const [first = '', second] = words;
  const exact = names.filter((name) => name === first || name === `${first} ${second}`);
  return exact.length > 0 ? exact : names.filter((name) => name.startsWith(`${first} `));
}

/** What is called, and what for: of the commands that are named, or of all. */
export function usageOf(names: readonly string[] = Object.keys(COMMANDS)): string {
  const rows = names.map((name) => {
    const { usage = '', summary = '' } = COMMANDS[name] ?? {};
    return { call: `${name} ${usage}`.trim(), summary };
  });
  const [one] = rows;
  if (one && rows.length === 1) return `usage: ${PROGRAM} ${one.call}\n\n  ${one.summary}\n`;
  const width = Math.max(...rows.map(({ call }) => call.length));
  const lines = rows.map(({ call, summary }) => `  ${call.padEnd(width)}   ${summary}\n`);
  return `usage: ${PROGRAM} COMMAND [flags]\n\n${lines.join('')}`;
}

/** `--help` of the command that words name, or of all where they name none. */
export function helpOf(words: readonly string[]): string {
  const named = namedBy(words);
  const names = named.length > 0 ? named : Object.keys(COMMANDS);
  const settings = new Set<string>(names.flatMap((name) => COMMANDS[name]?.settings ?? []));
  const groups = SETTING_GROUPS.map(({ title, settings: table }) => ({
    title,
    settings: Object.fromEntries(Object.entries(table).filter(([name]) => settings.has(name))),
  })).filter((group) => Object.keys(group.settings).length > 0);
  const about = 'Every flag is an environment variable too.\n';
  const more = `${PROGRAM} COMMAND --help lists the flags of one command.\n`;
  const introduction = named.length > 0 ? about : `${about}${more}`;
  return `${usageOf(names)}\n${introduction}\n${describeSettings(groups)}`;
}
