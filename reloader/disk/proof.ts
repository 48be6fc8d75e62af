import { asksForState } from '../config/state-file-use.ts';

/** What a configuration on disk names besides what its bundle says. */
export interface Places {
  /** Where HAProxy's worker shall listen for commands; none where HAProxy may not write there. */
  readonly workerSocket?: string;
  /** From where a new worker takes over its servers' state, if the configuration asks for that. */
  readonly stateFile?: string;
}

/**
 * The lines that let HAProxy tell which configuration it runs (`get var proc.cfg_hash`), to stand after everything
 * else. A section's keyword ends whatever section the template ends with, and the newline before it whatever line;
 * HAProxy continues no line over a line break. What could still take the lines away is an open `.if`, which
 * `haproxy -c` refuses as unterminated, and text after a NUL, which it refuses too; and the proof after the reload
 * would find the hash missing.
 */
function proofLines(etag: string, { workerSocket, stateFile }: Places): string {
  return [
    '',
    'global',
    `  set-var proc.cfg_hash str(${etag})`,
    ...(stateFile === undefined ? [] : [`  server-state-file ${stateFile}`]),
    ...(workerSocket === undefined ? [] : [`  stats socket ${workerSocket} mode 600 level admin`]),
    '',
  ].join('\n');
}

const append = (content: string, lines: string) =>
  `${content}${content === '' || content.endsWith('\n') ? '' : '\n'}${lines}`;

const withoutState = ({ stateFile, ...others }: Places): Places => others;
const withoutSocket = ({ workerSocket, ...others }: Places): Places => others;

/** A configuration as it stands in a release. */
export function withProof(content: string, etag: string, places: Places): string {
  const named = asksForState(content) ? places : withoutState(places);
  return append(content, proofLines(etag, named));
}

/**
 * What a configuration in a release may have been in its bundle: without the lines of proof, and with or without the
 * line break that they may have brought. Nothing where the text does not end with them.
 */
export function withoutProof(text: string, etag: string, places: Places): readonly string[] {
  // An init container may have written it, without a worker's socket.
  const forms = [places, withoutSocket(places)].flatMap((form) => [form, withoutState(form)]);
  const lines = forms.map((form) => proofLines(etag, form)).find((form) => text.endsWith(form));
  if (lines === undefined) return [];
  const content = text.slice(0, -lines.length);
  return [content, content.slice(0, -1)].filter((form) => append(form, lines) === text);
}

const PROOF =
  /\nglobal\n {2}set-var proc\.cfg_hash str\(sha256:[0-9a-f]{64}\)\n(?: {2}server-state-file \S+\n)?(?: {2}stats socket \S+ mode 600 level admin\n)?$/;

/** A configuration as the bundle had it, from one as it stands in a release or elsewhere. */
export function bare(text: string): string {
  return text.replace(PROOF, '');
}
