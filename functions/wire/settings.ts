import { parseArgs } from 'node:util';

interface AnySetting<T> {
  readonly variable: string;
  /** What it is for, for `--help`. */
  readonly meaning: string;
  /** The text that holds where neither the flag nor the variable is given. */
  readonly fallback?: string;
  /** Never shown, neither in help nor in problems. */
  readonly isSecret?: boolean;
  /** @throws Error whose message says what form is expected */
  readonly parse: (text: string) => T;
}

/** The flag takes no value; the variable is `true` or `false`. */
interface Switch<T> extends AnySetting<T> {
  readonly isSwitch: true;
}

interface Valued<T> extends AnySetting<T> {
  readonly isSwitch?: never;
  /** Its value as people write it, for `--help`: `HOST:PORT`. */
  readonly value: string;
}

/** One setting: an environment variable and a flag of the same name (`SSL_DIR`, `--ssl-dir`). */
export type Setting<T> = Switch<T> | Valued<T>;

export interface SettingGroup {
  readonly title: string;
  readonly settings: SettingTable;
}

export type SettingTable = Readonly<Record<string, Setting<unknown>>>;
export type SettingValues<Table extends SettingTable> = {
  readonly [K in keyof Table]: Table[K] extends Setting<infer T> ? T | undefined : never;
};

export type ParsedSettings<Table extends SettingTable> =
  | { readonly kind: 'settings'; readonly values: SettingValues<Table>; readonly words: string[] }
  | { readonly kind: 'help'; readonly words: readonly string[] }
  | { readonly kind: 'version' }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly argv: readonly string[];
}

const expected = (form: string): never => {
  throw new Error(`expected ${form}`);
};

/** The forms that settings take. Each throws an Error that says what was expected. */
export const form = {
  text: (text: string): string => text,
  flag: (text: string): boolean =>
    text === 'true' || (text === 'false' ? false : expected('true or false')),
  /** A number of seconds, told as milliseconds. */
  seconds: (text: string): number =>
    /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : expected('a number of seconds'),
  count: (text: string): number =>
    /^\d{1,9}$/.test(text) ? Number(text) : expected('a whole number'),
  atLeastOne: (text: string): number =>
    /^0*[1-9]\d{0,8}$/.test(text) ? Number(text) : expected('a whole number from 1'),
  list: (text: string): readonly string[] =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  oneOf:
    <const Name extends string>(...names: readonly Name[]) =>
    (text: string): Name =>
      names.find((name) => name === text) ?? expected(`one of ${names.join(', ')}`),
  /** `host:port`; an IPv6 host in brackets; port 0 lets the system choose. */
  address: (text: string): { readonly host: string; readonly port: number } => {
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
    const host = bracketed ?? plain;
    return host !== undefined && Number(port) < 65536
      ? { host, port: Number(port) }
      : expected('host:port');
  },
  httpUrl: (text: string): URL => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol)
      ? url
      : expected('a URL that starts with http:// or https://');
  },
} as const;

export function flagName(setting: Setting<unknown>): string {
  return setting.variable.toLowerCase().replaceAll('_', '-');
}

type Flags = Record<string, string | boolean | undefined>;

function readFlags(table: SettingTable, argv: readonly string[]) {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' },
  };
  for (const setting of Object.values(table))
    options[flagName(setting)] = { type: setting.isSwitch ? 'boolean' : 'string' };
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  return { flags: values as Flags, words: positionals };
}

/**
 * Reads settings from flags (which win) and the environment, all of them, and tells every problem at once.
 * An empty environment variable counts as not given.
 */
export function parseSettings<const Table extends SettingTable>(
  table: Table,
  { env, argv }: SettingSources,
): ParsedSettings<Table> {
  let read: ReturnType<typeof readFlags>;
  try {
    read = readFlags(table, argv);
  } catch (error) {
    const { message } = error as Error;
    // Node's words go on with what nobody meant who mistyped a flag.
    const [, unknown] = /^Unknown option '(\S+)'/.exec(message) ?? [];
    return { kind: 'problems', problems: [unknown ? `there is no flag ${unknown}` : message] };
  }
  if (read.flags.help === true) return { kind: 'help', words: read.words };
  if (read.flags.version === true) return { kind: 'version' };
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table)) {
    const flag = read.flags[flagName(setting)];
    const text = flag === undefined ? env[setting.variable] || setting.fallback : String(flag);
    if (text === undefined) continue;
    try {
      values[name] = setting.parse(text);
    } catch (error) {
      const given = flag === undefined ? setting.variable : `--${flagName(setting)}`;
      const shown = setting.isSecret ? '' : ` ${JSON.stringify(text)}`;
      problems.push(`${given}${shown}: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) return { kind: 'problems', problems };
  return {
    kind: 'settings',
    values: Object.freeze(values) as SettingValues<Table>,
    words: read.words,
  };
}

const HELP_WIDTH = 100;

/** Puts words into lines, each after an indent. */
function wrap(words: readonly string[], indent: string): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= HELP_WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines.join('\n');
}

function describeSetting(setting: Setting<unknown>): string {
  const { variable, meaning, fallback, isSwitch, isSecret } = setting;
  const value = setting.isSwitch ? '' : ` ${setting.value}`;
  const isShown = fallback && !isSwitch && !isSecret;
  const words = `${variable}: ${meaning}`.split(' ');
  if (isShown) words.push(`(default ${fallback})`);
  return `  --${flagName(setting)}${value}\n${wrap(words, ' '.repeat(6))}\n`;
}

const ABOUT_ITSELF = `Of the command itself

  --help
      this text
  --version
      the version
`;

/** The lines of `--help` by subject: each flag, its variable, its meaning and its default. */
export function describeSettings(groups: readonly SettingGroup[]): string {
  const parts = groups.map(
    ({ title, settings }) => `${title}\n\n${Object.values(settings).map(describeSetting).join('')}`,
  );
  return [...parts, ABOUT_ITSELF].join('\n');
}
