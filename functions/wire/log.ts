import { jsonLine, type LogFields, type LogLevel, textLine } from './log-line.ts';

export type LogFormat = 'text' | 'json';

/** One line an entry: a constant message, constant keys, the values in fields. Never bundle bytes, tokens or keys. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  readonly component: string;
  readonly level?: LogLevel;
  readonly format?: LogFormat;
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** What `auto` comes to: text where people look on, JSON where programs do. */
export function chooseLogFormat(wanted: LogFormat | 'auto', isTerminal: boolean): LogFormat {
  if (wanted !== 'auto') return wanted;
  return isTerminal ? 'text' : 'json';
}

/** A log on standard error (standard output belongs to what a command computes). */
export function createLog(options: LogOptions): Log {
  const { component, level: least = 'info', now = () => new Date() } = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const lineOf = options.format === 'text' ? textLine : jsonLine;
  const entry =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (RANK[level] < RANK[least]) return;
      write(lineOf({ time: now(), level, component, message, fields }));
    };
  return { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') };
}
