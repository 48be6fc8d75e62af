/** What must not be told, whoever asks: the password, and private keys, as the files that they are delivered in. */
export interface Secrets {
  readonly password: string;
  readonly files: () => Iterable<{ readonly content: string }>;
}

const HIDDEN = '***';
/** Of a PEM file: the start of a line would do to go on guessing. */
const RUN = /[A-Za-z0-9+/]{16,}={0,2}/g;

/**
 * Gives a function that takes secrets out of a text. HAProxy quotes what it cannot use, be it a line of a private key
 * that a template has it read as something else.
 */
export function createRedaction({ password, files }: Secrets): (text: string) => string {
  const isSecret = (run: string): boolean => {
    for (const { content } of files()) if (content.includes(run)) return true;
    return false;
  };
  return (text) => {
    const plain = password === '' ? text : text.replaceAll(password, HIDDEN);
    return plain.replace(RUN, (run) => (isSecret(run) ? HIDDEN : run));
  };
}
