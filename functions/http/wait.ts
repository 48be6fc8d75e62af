import { Problem } from './problem.ts';

/** For `wait` without a number. */
export const DEFAULT_WAIT_S = 50;
/** Longer waits are cut to this one: proxies on the way cut what is idle for longer. */
export const MAX_WAIT_S = 300;

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const VALUE = `(?:\\s*=\\s*(${TOKEN}|"(?:[^"\\\\]|\\\\.)*")?)?`;
// RFC 7240, section 2: preference *( ";" parameter ), separated by commas; empty elements are allowed.
const PREFERENCE = new RegExp(
  `\\s*(?:(${TOKEN})${VALUE}(?:\\s*;(?:\\s*${TOKEN}${VALUE})?)*)?\\s*(?:,|$)`,
  'y',
);
const SECONDS = /^\d{1,9}(?:\.\d{1,3})?$/;

function seconds(text: string): number | undefined {
  if (text === '') return DEFAULT_WAIT_S;
  return SECONDS.test(text) ? Math.min(Number(text), MAX_WAIT_S) : undefined;
}

/** The value of the first preference `wait`; undefined where there is none, or where the header is malformed. */
function findPreference(prefer: string): string | undefined {
  for (let offset = 0; offset < prefer.length; offset = PREFERENCE.lastIndex) {
    PREFERENCE.lastIndex = offset;
    const found = PREFERENCE.exec(prefer);
    if (found === null) return undefined;
    if (found[1]?.toLowerCase() === 'wait')
      return (found[2] ?? '').replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1');
  }
  return undefined;
}

/**
 * For how many seconds a client lets its answer wait for a change: `?wait=` or else `Prefer: wait=` (RFC 7240, section
 * 4.3); undefined where it does not ask. A preference that cannot be understood is ignored, as that RFC wants it.
 *
 * @throws Problem `bad-parameter` where `?wait=` is no number
 */
export function readWait(request: {
  readonly prefer: string | undefined;
  readonly wait: string | undefined;
}): number | undefined {
  const { prefer, wait } = request;
  if (wait === undefined) {
    const preferred = findPreference(prefer ?? '');
    return preferred === undefined ? undefined : seconds(preferred);
  }
  const asked = seconds(wait);
  if (asked === undefined)
    throw new Problem({
      code: 'bad-parameter',
      detail: `wait is ${JSON.stringify(wait.slice(0, 40))}, which is no number of seconds`,
    });
  return asked;
}

/**
 * How long a poll is really held, in milliseconds: up to a sixteenth less than asked, so that polls that started
 * together do not end together. Never more: a wait is an upper bound.
 */
export function jitterWait(waitS: number, random: () => number): number {
  return Math.round(waitS * 1000 * (1 - random() / 16));
}
