import type { Alert } from '../functions/wire/alerts.ts';

/** What HAProxy 2.6 to 3.4 say where what is asked for may be right, and is not to be had here and now. */
const SIGNS: readonly RegExp[] = [
  // A name that no server of names knows, or none that answers.
  /could not resolve address/,
  // A port that another process holds, an address that is not (yet) one of this host's, a right that is missing.
  /cannot bind (?:UNIX )?socket/,
  // Files beside HAProxy that the bundle does not bring.
  /No such file or directory|[Ff]ailed to open|error opening file|cannot open|unable to (?:stat|open)/,
  /Permission denied|Too many (?:open files|links)|No space left|Read-only file system|Input\/output error/,
  // Limits of memory and of file descriptors.
  /[Oo]ut of memory|[Cc]annot allocate|Not enough memory|FD limit|too low|RLIMIT/,
];

/** What HAProxy says after one of those, and never alone. */
const SUMMARIES: readonly RegExp[] = [
  /^Failed to initialize server\(s\) addr/,
  /Some protocols failed to start their listeners/,
  /^Fatal errors? found/,
];

const isOneOf = (patterns: readonly RegExp[], message: string): boolean =>
  patterns.some((pattern) => pattern.test(message));

/** Whether all that HAProxy refuses lies in its surroundings, so that the same bytes may pass later. */
export function isOfSurroundings(errors: readonly Alert[]): boolean {
  const causes = errors.filter(({ message }) => !isOneOf(SUMMARIES, message));
  return causes.length > 0 && causes.every(({ message }) => isOneOf(SIGNS, message));
}

const UNBOUND = /cannot bind (?:UNIX )?socket \(.*?\) (?:for )?\[(.+?)\]/;

/** The addresses that HAProxy says it could not bind. */
export function unboundAddresses(errors: readonly Alert[]): readonly string[] {
  return errors.flatMap(({ message }) => UNBOUND.exec(message)?.[1] ?? []);
}
