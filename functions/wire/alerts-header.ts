import type { Alert } from './alerts.ts';
import { CONFIG_PATH } from './bundle.ts';

/** In a request: in which words `haproxy -c` refuses the revision itself, rather than what it finds around it. */
export const ALERTS_HEADER = 'x-refused-alerts';

/** An alert with the line that it names and the header of its section: lines move as endpoints do. */
export interface ToldAlert extends Alert {
  readonly text?: string;
  readonly section?: string;
}

const MOST_ALERTS = 10;
const MOST_MESSAGE = 300;
/** A longer line is not told: only a whole one leads anywhere. */
const MOST_TEXT = 1000;
/** Of the header: servers refuse larger ones. */
const MOST_BYTES = 4096;
const HEADER = /^[a-z]/;

const isPlain = (path: string): boolean => path === CONFIG_PATH || path.startsWith('files/');
const escaped = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

interface Lines {
  readonly path: string;
  readonly content: string;
}

/** Never a line of a certificate's file: keys are in it. */
function withText(alert: Alert, files: readonly Lines[]): ToldAlert {
  const { file, line } = alert;
  const short = { ...alert, message: alert.message.slice(0, MOST_MESSAGE) };
  const lines = files.find(({ path }) => path === file && isPlain(path))?.content.split('\n');
  const text = line === undefined ? undefined : lines?.[line - 1];
  if (!lines || line === undefined || text === undefined || text.length > MOST_TEXT) return short;
  const section = lines.findLast((other, i) => i < line && HEADER.test(other));
  return { ...short, text, ...(section !== undefined && { section }) };
}

/** The header's value: JSON in printable ASCII, as many of the alerts as there is room for. */
export function formatToldAlerts(alerts: readonly Alert[], files: readonly Lines[]): string {
  const told = alerts.slice(0, MOST_ALERTS).map((alert) => withText(alert, files));
  for (let count = told.length; count > 0; count--) {
    const value = escaped(JSON.stringify(told.slice(0, count)));
    if (value.length <= MOST_BYTES) return value;
  }
  return '[]';
}

function readAlert(value: unknown): readonly ToldAlert[] {
  const { file, line, message, text, section } = (value ?? {}) as Record<string, unknown>;
  if (typeof message !== 'string') return [];
  return [
    {
      message: message.slice(0, MOST_MESSAGE),
      ...(typeof file === 'string' && { file }),
      ...(Number.isSafeInteger(line) && { line: line as number }),
      ...(typeof text === 'string' && { text }),
      ...(typeof section === 'string' && { section }),
    },
  ];
}

/** Reads what `formatToldAlerts` made; undefined for garbage. */
export function parseToldAlerts(value: string): readonly ToldAlert[] | undefined {
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) ? list.slice(0, MOST_ALERTS).flatMap(readAlert) : undefined;
  } catch {
    return undefined;
  }
}
