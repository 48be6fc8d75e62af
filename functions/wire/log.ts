export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** One line of JSON an entry: a constant message, constant keys, the values in fields. Never bundle bytes, tokens or keys. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  readonly component: string;
  readonly level?: LogLevel;
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

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

/** A log of JSON lines on standard error (standard output belongs to what a command computes). */
export function createLog(options: LogOptions): Log {
  const { component, level: least = 'info', now = () => new Date() } = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const entry =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (RANK[level] < RANK[least]) return;
      const values = Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, plain(v)]));
      write(
        `${JSON.stringify({ time: now().toISOString(), level, component, message, ...values })}\n`,
      );
    };
  return { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') };
}
