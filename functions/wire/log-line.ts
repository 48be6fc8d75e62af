export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

export interface LogEntry {
  readonly time: Date;
  readonly level: LogLevel;
  readonly component: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Errors do not survive JSON.stringify; what an operator needs of one is its code, its message and its causes. */
function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { code, hint } = value as { code?: unknown; hint?: unknown };
  return {
    ...(code === undefined ? {} : { code }),
    message: value.message,
    ...(hint === undefined ? {} : { hint }),
    ...(value.cause === undefined ? {} : { cause: plain(value.cause) }),
  };
}

/** Times are measured in parts of a millisecond of which nobody has any use. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * 1000) / 1000 : value;

const plainFields = (fields: LogFields): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plain(value)]));

/** For programs: one object of JSON, times in UTC. */
export function jsonLine({ time, level, component, message, fields }: LogEntry): string {
  const values = plainFields(fields);
  const line = { time: time.toISOString(), level, component, message, ...values };
  return `${JSON.stringify(line, rounded)}\n`;
}

/** What a terminal would obey instead of showing it: controls, marks of direction, separators of lines. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const escapeControl = (text: string): string =>
  text.replace(CONTROL, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);

const INDENT = '    ';
/** Words that are told from one another without quotes. */
const BARE = /^[^\s"=\\]+$/;

function errorText(error: Error): string {
  const { code, hint } = error as { code?: unknown; hint?: unknown };
  const cause = error.cause instanceof Error ? `: ${errorText(error.cause)}` : '';
  const told = `${error.message}${code === undefined ? '' : ` [${code}]`}${cause}`;
  return hint === undefined ? told : `${told}. ${hint}`;
}

function valueText(value: unknown): string {
  const text = value instanceof Error ? errorText(value) : value;
  if (typeof text !== 'string') return escapeControl(JSON.stringify(text, rounded));
  return BARE.test(text) ? escapeControl(text) : escapeControl(JSON.stringify(text));
}

/** A text of several lines, such as HAProxy's own words, is shown as such, below. */
const isBlock = (value: unknown): value is string =>
  typeof value === 'string' && value.trimEnd().includes('\n');

const blockText = (key: string, text: string): string =>
  [`${key}:`, ...text.trimEnd().split('\n')]
    .map((line, i) => `\n${INDENT}${i === 0 ? line : INDENT + escapeControl(line)}`)
    .join('');

const two = (n: number): string => String(n).padStart(2, '0');
const clock = (time: Date): string =>
  `${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`;

/** For people: the local time of day, the level, what happened, and the values. */
export function textLine({ time, level, message, fields }: LogEntry): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const inline = given
    .filter(([, value]) => !isBlock(value))
    .map(([key, value]) => ` ${key}=${valueText(value)}`);
  const blocks = given.map(([key, value]) => (isBlock(value) ? blockText(key, value) : ''));
  const head = `${clock(time)} ${level.toUpperCase().padEnd(5)} ${message}`;
  return `${head}${inline.length > 0 ? ' ' : ''}${inline.join('')}${blocks.join('')}\n`;
}
