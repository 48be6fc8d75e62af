/** One error that HAProxy tells about a configuration. */
export interface Alert {
  /** The file as the bundle names it, where HAProxy says. */
  readonly file?: string;
  /** From 1, where HAProxy says. */
  readonly line?: number;
  readonly message: string;
}

const ENTRY = /^\[(ALERT|WARNING)\]\s*\(\d+\)\s*:\s*(.*)$/;
const PLACE = /(?:parsing )?\[([^\][\s]+):(\d+)\]\s*:?\s*/;
const SUMMARY =
  /^(?:config : )?(?:Error\(s\) found in configuration file|Fatal errors found in configuration)/;
const MAX_ALERTS = 50;
const MAX_MESSAGE = 500;

/** An alert as one line of words tells it: `FILE:LINE: message`. */
export function parseAlert(text: string): Alert {
  const [, file, line, message] = /^([^\s:]+):(\d+): (.*)$/s.exec(text) ?? [];
  if (file === undefined || message === undefined) return { message: text };
  return { file, line: Number(line), message };
}

function toAlert(text: string, folder: string): Alert {
  const [placed, path, line] = PLACE.exec(text) ?? [];
  const message = text
    .replace(placed ?? '', '')
    .replace(/^config : /, '')
    .replaceAll(`${folder}/`, '')
    .trim()
    .slice(0, MAX_MESSAGE);
  return path === undefined
    ? { message }
    : { file: path.replace(`${folder}/`, ''), line: Number(line), message };
}

/**
 * The errors (or warnings) in what HAProxy printed: `[ALERT] (PID) : config : parsing [FILE:LINE] : message`;
 * 3.2 leaves `config :` out of some, and some name only a proxy.
 *
 * @param folder where the checked files lay; taken off every path
 */
export function parseAlerts(output: string, folder: string, level = 'ALERT'): readonly Alert[] {
  return output
    .split('\n')
    .flatMap((line) => {
      const [, found, text] = ENTRY.exec(line.trim()) ?? [];
      return found === level && text !== undefined && !SUMMARY.test(text) ? [text] : [];
    })
    .slice(0, MAX_ALERTS)
    .map((text) => toAlert(text, folder));
}
