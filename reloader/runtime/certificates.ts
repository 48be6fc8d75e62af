import { setTimeout as delay } from 'node:timers/promises';
import type { Certificate } from '../config/certificate.ts';
import type { Operation } from '../operation.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';

export type CertificateOperation = Extract<
  Operation,
  {
    readonly kind:
      | 'set-certificate'
      | 'new-certificate'
      | 'set-staple'
      | 'list-certificate'
      | 'unlist-certificate'
      | 'delete-certificate';
  }
>;

/** Another session looks at certificates or changes them just now: HAProxy does not wait for it, but refuses. */
const LOCKED = /currently locked!/;
const LOCKED_MS = 2_000;
const POLL_MS = 5;
const STAPLE_KEY = /^OCSP Response Key: ([0-9a-f]+)$/m;
/** As OpenSSL prints a response: its own signature comes before those of certificates in it. */
const SIGNATURE =
  /^ *Signature Algorithm: .*\n(?: *Signature Value:\s*\n)?((?: *[0-9a-f:]+\s*\n)+)/m;
/** Of base64, in a line of a payload. */
const LINE = /.{1,64}/g;
const TRANSACTION = /^Transaction (?:created|updated) for certificate (.*)!/;

/** Asks again for as long as another session keeps the certificates locked. */
async function ask(session: Session, command: string, payload?: string): Promise<string> {
  const end = performance.now() + LOCKED_MS;
  for (;;) {
    const answer = await session.ask(command, payload);
    if (!LOCKED.test(answer) || performance.now() > end) return answer;
    await delay(POLL_MS);
  }
}

/**
 * Sets and commits. HAProxy 2.6 has one transaction for all: while another's is open, this file's content goes into
 * that one, and only the answer tells. It is aborted then, so that nobody commits it.
 */
async function commit(session: Session, file: string, { pem, fingerprint }: Certificate) {
  const set = await ask(session, `set ssl cert ${file}`, pem);
  const name = TRANSACTION.exec(set)?.[1];
  if (name !== file) {
    if (name !== undefined) await ask(session, `abort ssl cert ${name}`);
    surprise(`set ssl cert ${file}`, set);
  }
  const committed = await ask(session, `commit ssl cert ${file}`);
  if (!/^Success!$/m.test(committed)) {
    await ask(session, `abort ssl cert ${file}`);
    surprise(`commit ssl cert ${file}`, committed.split('\n').at(-1));
  }
  const shown = await ask(session, `show ssl cert ${file}`);
  if (!shown.includes(`SHA1 FingerPrint: ${fingerprint}`))
    surprise(`${file} still has its former certificate`);
}

/** Sets an OCSP response. Nothing but its signature tells it from the one before in what HAProxy shows. */
async function staple(session: Session, file: string, base64: string) {
  const shown = await ask(session, `show ssl cert ${file}`);
  const key = STAPLE_KEY.exec(shown)?.[1];
  if (key === undefined) surprise(`${file} is loaded without an OCSP response`);
  const payload = base64.match(LINE)?.join('\n');
  const answer = await session.ask('set ssl ocsp-response', payload);
  if (!answer.startsWith('OCSP Response updated!'))
    surprise(`set ssl ocsp-response of ${file}`, answer);
  const text = await session.ask(`show ssl ocsp-response ${key}`);
  const signature = SIGNATURE.exec(`${text}\n`)?.[1]?.replace(/[^0-9a-f]/g, '') ?? '';
  const isThere =
    signature !== '' && Buffer.from(base64, 'base64').includes(Buffer.from(signature, 'hex'));
  if (!isThere) surprise(`${file} still has its former OCSP response`);
}

/** The certificates that are loaded, by their files. Source: HAProxy management guide, `show ssl cert`. */
export async function readCertificateFiles(session: Session): Promise<readonly string[]> {
  const shown = await ask(session, 'show ssl cert');
  // A `*` in front is a transaction that is open; the heads of both parts begin with `#`.
  return shown.split('\n').filter((line) => line.startsWith('/'));
}

/** Whether a loaded file is this certificate. */
export async function hasCertificate(
  session: Session,
  file: string,
  { fingerprint }: Certificate,
): Promise<boolean> {
  const shown = await ask(session, `show ssl cert ${file}`);
  return shown.includes(`SHA1 FingerPrint: ${fingerprint}`);
}

/** The files that a folder or crt-list has: lines of `FILE:NUMBER [options] filters`. */
export async function readListed(session: Session, list: string): Promise<readonly string[]> {
  const shown = await ask(session, `show ssl crt-list -n ${list}`);
  return shown.split('\n').flatMap((line) => /^(\/[^ ]*):\d+(?: |$)/.exec(line)?.[1] ?? []);
}

async function requireAnswer(session: Session, command: string, expected: RegExp) {
  const answer = await ask(session, command);
  if (!expected.test(answer)) surprise(command, answer);
}

async function add(session: Session, list: string, file: string, line: string) {
  const command = `add ssl crt-list ${list}`;
  const answer = await (line === file
    ? ask(session, `${command} ${file}`)
    : ask(session, command, line));
  if (!/^Success!$/m.test(answer)) surprise(command, answer.split('\n').at(-1));
}

async function requireListed(session: Session, list: string, file: string, isListed: boolean) {
  if ((await readListed(session, list)).includes(file) !== isListed)
    surprise(`${list} ${isListed ? 'lacks' : 'still has'} ${file}`);
}

/**
 * Carries out one operation on certificates and reads it back.
 *
 * @throws Surprise
 */
export async function carryOutCertificate(
  session: Session,
  operation: CertificateOperation,
): Promise<void> {
  const { file } = operation;
  switch (operation.kind) {
    case 'set-certificate':
      return commit(session, file, operation.certificate);
    case 'new-certificate':
      await requireAnswer(session, `new ssl cert ${file}`, /^New empty certificate store/);
      return commit(session, file, operation.certificate);
    case 'set-staple':
      return staple(session, file, operation.staple);
    case 'list-certificate':
      await add(session, operation.list, file, operation.line);
      return requireListed(session, operation.list, file, true);
    case 'unlist-certificate':
      await requireAnswer(
        session,
        `del ssl crt-list ${operation.list} ${file}`,
        /deleted in crtlist/,
      );
      return requireListed(session, operation.list, file, false);
    case 'delete-certificate':
      return requireAnswer(session, `del ssl cert ${file}`, /deleted!$/);
  }
}
